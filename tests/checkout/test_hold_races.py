"""Races for every kind of seat, in a hall that has them all: neighbours, a lawn, seats kept for who needs them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import Fan, a_key
from tests.checkout.halls import seed_mixed_hall
from tests.checkout.patches import SESSION_LOCK, without
from tests.checkout.races import (
    WHERE_HOLDS_ARE_WRITTEN,
    all_at_once,
    counted,
    forced,
    gate,
    held_up,
    started_together,
)
from tests.checkout.sweep import Sweep
from tests.patience import PATIENCE_SECONDS, until

AT_THE_FRONT_ROW = "SELECT FROM seating_rows WHERE section = 'F' AND row_label = 'A' FOR UPDATE"
IN_TWO_ORDERS = "ORDER BY row_id * (CASE cardinality(of_seats) WHEN 3 THEN -1 ELSE 1 END) FOR UPDATE"


@pytest.fixture
async def event(database: Connection, room_name: str) -> str:
    """An event in a hall with every kind of seat, at most 4 for a fan."""
    await seed_mixed_hall(database, event="gig", room=room_name)
    return "gig"


async def hold_accessible(fan: Fan) -> httpx.Response:
    """Ask for an accessible seat and one beside it."""
    body = {"category": "terrace", "quantity": 2, "accessible": 1}
    return await fan.call("POST", "/v1/events/gig/holds", body, key=a_key())


async def release(fan: Fan, hold_id: str) -> httpx.Response:
    """Give a hold back."""
    return await fan.call("DELETE", f"/v1/holds/{hold_id}")


async def test_what_is_given_back_while_a_herd_asks_is_given_on(make_fan: MakeFan, sweep: Sweep) -> None:
    """All carts are full, then each is emptied twice over: seats are given on, and nobody is told that all are sold."""
    holders, hunters = [await make_fan() for _ in range(6)], [await make_fan() for _ in range(10)]
    held = [(holder, await holder.held(2)) for holder in holders]
    answers: Counter[str] = Counter()

    async def hunt(fan: Fan) -> httpx.Response:
        while (answer := await fan.hold_best(2)).status_code != 201 and answers["201"] < 6:
            answers[answer.json()["type"]] += 1
            await asyncio.sleep(0.01)
        answers["201"] += answer.status_code == 201
        return answer

    async with asyncio.timeout(PATIENCE_SECONDS):
        releases = [release(holder, hold_id) for holder, hold_id in held for _ in range(2)]
        hunts = asyncio.gather(*[hunt(fan) for fan in hunters])
        await until(lambda: answers["/problems/all-in-carts"] > 0)
        assert await all_at_once(releases) == {"204": 12}
        await hunts
    assert answers["201"] == 6
    assert set(answers) == {"201", "/problems/all-in-carts"}
    assert await sweep.count("SELECT count(*) FROM seats WHERE held_until > now() AND seat LIKE 'F-%%'") == 12
    assert await sweep.count("SELECT sum(free_seats) FROM seating_rows WHERE section = 'F'") == 0


async def two_releases(make_fan: MakeFan, database_url: str) -> Counter[str]:
    """Two fans give back seats of one row; neither has seen what the other did when both come to the row."""
    fans = [await make_fan() for _ in range(2)]
    held = [(fan, (await fan.hold_seats(f"F-A-{n}")).json()["hold_id"]) for n, fan in enumerate(fans, 1)]
    return await forced(database_url, all_at_once([release(*each) for each in held]), at=AT_THE_FRONT_ROW)


@pytest.mark.usefixtures("patient_locks")
async def test_two_releases_in_one_row_are_both_counted(make_fan: MakeFan, database_url: str, sweep: Sweep) -> None:
    """The summary beside the row's lock is true after each release (revel counted one twice)."""
    assert await two_releases(make_fan, database_url) == {"204": 2}
    assert await sweep.count("SELECT free_seats FROM seating_rows WHERE section = 'F' AND row_label = 'A'") == 6


@pytest.mark.usefixtures("patient_locks")
async def test_without_the_rows_lock_a_release_is_not_counted(
    make_fan: MakeFan, database_url: str, database: Connection
) -> None:
    """The control: who counts a row without its lock does not see what the other has freed."""
    without(database_url, ("free_seats_of_hold", "PERFORM lock_rows(given);"))
    await two_releases(make_fan, database_url)
    assert "a row's summary is not what its seats are" in await Sweep(database).broken()


async def all_kinds(fan: Fan) -> Counter[str]:
    """One fan asks for two seats of each kind, by name and for the best; four is the limit."""
    best = [fan.hold_best(2), fan.hold_best(2, "lawn"), hold_accessible(fan)]
    return await all_at_once([*best, fan.hold_seats("F-B-1", "F-B-2"), fan.hold_seats("L-B-1", "F-A-1")])


async def test_the_limit_counts_every_kind_of_seat(fan: Fan, sweep: Sweep) -> None:
    """Named, best, accessible and standing places are all counted, however they are asked for at once."""
    assert await all_kinds(fan) == {"201": 2, "hold-limit": 3}
    assert await sweep.count("SELECT sum(seat_count) FROM holds") == 4


@pytest.mark.usefixtures("patient_locks")
async def test_without_the_sessions_lock_every_kind_is_taken(fan: Fan, database_url: str, database: Connection) -> None:
    """The control: without the session's lock each kind is taken as if it were alone."""
    without(database_url, *SESSION_LOCK)
    await forced(database_url, all_kinds(fan), at=WHERE_HOLDS_ARE_WRITTEN, callers=3)
    assert "a fan has more than the limit" in await Sweep(database).broken()


async def refreshed_for_long(fan: Fan, database: Connection, sweep: Sweep) -> Counter[str]:
    """A hold that is 25 minutes old is refreshed two hundred times at once."""
    hold_id = await fan.held(2)
    await database.execute(
        "UPDATE holds SET placed_at = placed_at - interval '25 minutes', expires_at = expires_at - interval '8 minutes'"
    )
    await database.execute("UPDATE seats SET held_until = held_until - interval '8 minutes' WHERE hold_id IS NOT NULL")
    answers = await all_at_once([fan.call("POST", f"/v1/holds/{hold_id}/refresh") for _ in range(200)])
    assert await sweep.count("SELECT count(*) FROM ledger WHERE what = 'hold refreshed'") == answers["200"] > 0
    return answers


OUTLIVES_HALF_AN_HOUR = """SELECT count(*) FROM holds JOIN seats USING (hold_id) JOIN sessions USING (session_id)
    WHERE greatest(holds.expires_at, held_until) > placed_at + interval '30 minutes'"""


async def test_no_number_of_refreshes_passes_half_an_hour(fan: Fan, database: Connection, sweep: Sweep) -> None:
    """A hold ends half an hour after its first moment, however often it is refreshed (pretix 1575 had it for ever)."""
    assert set(await refreshed_for_long(fan, database, sweep)) <= {"200", "checkout-unavailable"}
    assert await sweep.count(OUTLIVES_HALF_AN_HOUR) == 0


async def test_without_the_longest_time_a_refresh_passes_it(
    fan: Fan, database: Connection, database_url: str, sweep: Sweep
) -> None:
    """The control: the longest time is what stops it."""
    longest = "kept.placed_at + make_interval(secs => of_event.longest_hold_seconds)"
    without(database_url, ("refresh_hold", longest), instead="'infinity'")
    await refreshed_for_long(fan, database, sweep)
    assert await sweep.count(OUTLIVES_HALF_AN_HOUR) == 2


async def crossing(make_fan: MakeFan, database_url: str) -> Counter[str]:
    """Two groups want seats and standing places of the same two rows; first the one, then the other comes to a row."""
    pair, three = await make_fan(), await make_fan()
    async with gate(database_url, AT_THE_FRONT_ROW) as connection:
        first = asyncio.ensure_future(pair.hold_seats("L-A-1", "F-A-1"))
        await held_up(connection, 1)
        second = asyncio.ensure_future(three.hold_seats("F-A-2", "L-A-2", "L-A-3"))
        await held_up(connection, 2)
    return counted([await first, await second])


DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@pytest.mark.usefixtures("patient_locks")
async def test_groups_that_cross_into_the_lawn_do_not_stop_each_other(
    make_fan: MakeFan, database_url: str, sweep: Sweep
) -> None:
    """Rows of seats and blocks of places are locked in one order, whoever names them in which."""
    assert await crossing(make_fan, database_url) == {"201": 2}
    assert await sweep.count(DEADLOCKS) == 0


@pytest.mark.usefixtures("patient_locks")
async def test_in_two_orders_groups_would_stop_each_other(make_fan: MakeFan, database_url: str, sweep: Sweep) -> None:
    """The control: with two orders PostgreSQL has to break a deadlock; its victim is run again, all the same."""
    without(database_url, ("lock_rows", "ORDER BY row_id FOR UPDATE"), instead=IN_TWO_ORDERS)
    assert await crossing(make_fan, database_url) == {"201": 2}
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await sweep.count(DEADLOCKS) == 0:
            await asyncio.sleep(0.05)


async def test_a_crowd_that_crosses_every_kind_ends(make_fan: MakeFan, sweep: Sweep) -> None:
    """Named, best and accessible, over all rows at once: everyone has an answer, and what was given is held."""
    fans = [await make_fan() for _ in range(12)]
    asks: list[Callable[[Fan], Awaitable[httpx.Response]]] = [
        lambda fan: fan.hold_seats("F-A-3", "L-B-2", "T-A-3"),
        lambda fan: fan.hold_seats("T-A-4", "L-A-3", "F-B-3"),
        lambda fan: fan.hold_best(3, "lawn"),
        hold_accessible,
    ]
    answers = await started_together([asks[number % 4](fan) for number, fan in enumerate(fans)])
    assert {answer.status_code for answer in answers} <= {201, 409}
    given = sum(len(answer.json()["seats"]) for answer in answers if answer.status_code == 201)
    assert given >= 6
    assert await sweep.count("SELECT count(*) FROM seats WHERE held_until > now()") == given
