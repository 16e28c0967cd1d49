"""Many at once: invariants, that something happened, and controls that show what each guard is for."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import httpx
import psycopg
import pytest
from psycopg.errors import LockNotAvailable

from checkout.services import Services
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import Fan, a_key
from tests.checkout.patches import ROW_LOCKS, SESSION_LOCK, UPDATE_GUARD, without
from tests.checkout.providers import interfere
from tests.checkout.races import WHERE_HOLDS_ARE_WRITTEN, all_at_once, forced
from tests.checkout.sweep import Sweep, expire

Calls = list[Awaitable[httpx.Response]]
Rush = Callable[[MakeFan], Awaitable[Calls]]


async def storm(make_fan: MakeFan) -> Calls:
    """Thirty fans want the same two seats."""
    fans = [await make_fan() for _ in range(30)]
    return [fan.hold_seats("F-A-4", "F-A-5") for fan in fans]


async def herd(make_fan: MakeFan) -> Calls:
    """Thirty fans want one of the 24 best seats each."""
    fans = [await make_fan() for _ in range(30)]
    return [fan.hold_best(1) for fan in fans]


async def scatter(make_fan: MakeFan) -> Calls:
    """Of 24 seats every second one is taken; twenty fans want two of the twelve single ones each."""
    for row in "ABC":
        await (await make_fan()).hold_seats(*[f"F-{row}-{seat}" for seat in (1, 3, 5, 7)])
    fans = [await make_fan() for _ in range(20)]
    return [fan.hold_best(2) for fan in fans]


async def test_single_seats_that_are_left_are_given_once(make_fan: MakeFan, sweep: Sweep) -> None:
    """Seats apart are chosen as safely as seats together, to the last pair."""
    assert await all_at_once(await scatter(make_fan)) == {"201": 6, "all-in-carts": 14}
    assert await sweep.count("SELECT count(*) FROM seats WHERE hold_id IS NOT NULL") == 24


async def test_a_storm_on_the_same_seats_has_one_winner(make_fan: MakeFan, sweep: Sweep) -> None:
    """Of thirty who want the same seats one gets them, the others are told that they are held."""
    assert await all_at_once(await storm(make_fan)) == {"201": 1, "seats-unavailable": 29}
    assert await sweep.count("SELECT count(*) FROM holds") == 1


async def test_a_herd_gets_every_seat_and_no_more(make_fan: MakeFan, sweep: Sweep) -> None:
    """The last seat is sold: nobody is refused while one is free, nobody gets one twice."""
    assert await all_at_once(await herd(make_fan)) == {"201": 24, "all-in-carts": 6}
    assert await sweep.count("SELECT count(DISTINCT seat_id) FROM hold_seats JOIN seats USING (seat_id)") == 24


@pytest.mark.parametrize("guards", [ROW_LOCKS, UPDATE_GUARD], ids=["without-locks", "without-the-condition"])
@pytest.mark.parametrize("rush", [storm, herd, scatter])
async def test_either_guard_alone_is_enough(
    make_fan: MakeFan, database_url: str, sweep: Sweep, guards: Sequence[tuple[str, str]], rush: Rush
) -> None:
    """The row's lock and the condition under it each keep a seat from two fans."""
    without(database_url, *guards)
    assert (await all_at_once(await rush(make_fan)))["201"] >= 1
    assert await sweep.broken() == {}


@pytest.mark.parametrize("rush", [storm, herd, scatter])
@pytest.mark.usefixtures("patient_locks")
async def test_without_both_guards_seats_are_held_twice(
    make_fan: MakeFan, database_url: str, database: Connection, rush: Rush
) -> None:
    """The control: with lock and condition gone the same rush breaks the rules that the sweep checks."""
    without(database_url, *ROW_LOCKS, *UPDATE_GUARD)
    await forced(database_url, all_at_once(await rush(make_fan)), at=WHERE_HOLDS_ARE_WRITTEN)
    assert "a seat is in two live holds" in await Sweep(database).broken()


async def grab(fan: Fan) -> Counter[str]:
    """One fan asks for two seats in six tabs; four is the limit."""
    return await all_at_once([fan.hold_best(2) for _ in range(6)])


async def test_the_limit_holds_in_six_tabs(fan: Fan, sweep: Sweep) -> None:
    """The limit is checked where it is enforced: in the transaction that takes the seats."""
    assert await grab(fan) == {"201": 2, "hold-limit": 4}
    assert await sweep.count("SELECT sum(seat_count) FROM holds") == 4


@pytest.mark.usefixtures("patient_locks")
async def test_without_the_sessions_lock_the_limit_breaks(fan: Fan, database_url: str, database: Connection) -> None:
    """The control: six tabs together take more than the limit when the session is not locked."""
    without(database_url, *SESSION_LOCK)
    await forced(database_url, grab(fan), at=WHERE_HOLDS_ARE_WRITTEN, callers=3)
    assert "a fan has more than the limit" in await Sweep(database).broken()


async def test_twenty_times_the_same_key_is_one_hold(fan: Fan, sweep: Sweep) -> None:
    """While the first runs the others are told so; afterwards they get its answer."""
    key = a_key()
    answers = await all_at_once([fan.hold_best(2, key=key) for _ in range(20)])
    assert answers["201"] >= 1
    assert set(answers) <= {"201", "idempotency-key-running"}
    assert await sweep.count("SELECT count(*) FROM holds") == 1


async def test_twenty_times_the_same_purchase_is_one_payment(fan: Fan, sweep: Sweep) -> None:
    """Whoever presses twenty times pays once."""
    hold_id, key = await fan.held(), a_key()
    answers = await all_at_once([fan.buy(hold_id, key=key) for _ in range(20)])
    assert answers["201"] >= 1
    assert set(answers) <= {"201", "idempotency-key-running"}
    assert await sweep.count("SELECT count(*) FROM sandbox.authorisations") == 1


async def test_two_keys_for_one_hold_are_one_order(fan: Fan, sweep: Sweep) -> None:
    """Two tabs that pay for the same seats make one order and one payment."""
    hold_id = await fan.held()
    answers = await all_at_once([fan.buy(hold_id) for _ in range(8)])
    assert answers == {"201": 1, "hold-has-order": 7}
    assert await sweep.count("SELECT count(*) FROM sandbox.authorisations") == 1


async def test_groups_that_cross_do_not_stop_each_other(make_fan: MakeFan, sweep: Sweep) -> None:
    """Holds over the same rows, named in opposite orders, lock in one order: no deadlock, no half hold."""
    forwards, backwards = ["F-A-1", "F-B-1", "F-C-1"], ["F-C-2", "F-B-2", "F-A-2"]
    fans = [await make_fan() for _ in range(12)]
    calls = [fan.hold_seats(*(forwards if index % 2 else backwards)) for index, fan in enumerate(fans)]
    assert await all_at_once(calls) == {"201": 2, "seats-unavailable": 10}
    assert await sweep.count("SELECT count(*) FROM seats WHERE hold_id IS NOT NULL") == 6


async def test_an_expired_hold_is_paid_or_taken_over_never_both(
    make_fan: MakeFan, services: Services, database: Connection, sweep: Sweep
) -> None:
    """Who pays at the last moment and those who wait for the seats: one has them, and money moves for that one."""
    payer, hunters = await make_fan(), [await make_fan() for _ in range(6)]
    hold_id, provider = await payer.held(3, "balcony"), interfere(services)

    async def end_the_hold() -> None:
        provider.after.clear()
        await expire(database, hold_id)

    provider.after["authorise"] = end_the_hold
    answers = await all_at_once([payer.buy(hold_id), *(hunter.hold_best(3, "balcony") for hunter in hunters)])
    assert answers["201"] == 1
    has_paid = 1 - answers["hold-expired"]
    assert await sweep.count("SELECT count(*) FROM sandbox.authorisations WHERE status = 'captured'") == has_paid
    assert await sweep.count("SELECT count(*) FROM sandbox.authorisations WHERE status = 'voided'") == 1 - has_paid
    assert await sweep.count("SELECT count(*) FROM tickets WHERE is_live") == 3 * has_paid


async def test_cancel_against_pay_ends_in_one_of_both(make_fan: MakeFan, sweep: Sweep) -> None:
    """An order is paid or cancelled, and the seats follow."""
    ended: Counter[str] = Counter()
    for _ in range(4):
        fan = await make_fan()
        hold_id = await fan.held(1)
        order_id = (await fan.buy(hold_id, "pm_card_chargeDeclined")).json()["order_id"]
        await all_at_once([fan.buy(hold_id), fan.call("POST", f"/v1/orders/{order_id}/cancel")])
        ended[(await fan.call("GET", f"/v1/orders/{order_id}")).json()["status"]] += 1
    assert set(ended) <= {"paid", "cancelled"}
    sold = await sweep.count("SELECT count(*) FROM seats WHERE is_sold")
    assert sold == ended["paid"]


async def test_a_sell_out_sells_every_seat_once(make_fan: MakeFan, sweep: Sweep) -> None:
    """All seats are sold, each once, and the money is what the tickets cost."""

    async def live() -> httpx.Response:
        fan = await make_fan()
        held = await fan.hold_best(1)
        return held if held.status_code != 201 else await fan.buy(held.json()["hold_id"])

    answers = await all_at_once([live() for _ in range(30)])
    assert answers["201"] == 24
    assert set(answers) <= {"201", "all-in-carts", "sold-out"}
    assert await sweep.count("SELECT count(*) FROM tickets WHERE is_live") == 24
    money = "SELECT sum(amount) FROM sandbox.authorisations WHERE status = 'captured'"
    assert await sweep.count(money) == 24 * 5_000


async def test_seats_are_sold_and_counted_one_after_the_other(
    fan: Fan, services: Services, database: Connection, database_url: str
) -> None:
    """A purchase is secured only when no call of the same fan is counting seats: they follow one another."""
    hold_id = await fan.held(4)
    session_id = services.sessions.read(fan.session)
    opened = "SELECT open_order(%s, 'order_x', 'secret_x', %s, 'a@b.c', NULL, 'sandbox', 'pm_card_visa', %s, 'x')"
    row = await (await database.execute(opened, (session_id, hold_id, a_key()))).fetchone()
    assert row is not None
    secure = ("SELECT secure_order(%s, 'authorise', 'auth_x') ->> 'next'", (row[0]["payment"]["payment_id"],))
    async with await psycopg.AsyncConnection.connect(database_url) as other_call:
        await other_call.execute("SELECT lock_session(%s)", (session_id,))
        await database.execute("SET lock_timeout = '50ms'")
        with pytest.raises(LockNotAvailable):
            await database.execute(*secure)
    secured = await (await database.execute(*secure)).fetchone()
    assert secured == ("capture",)
