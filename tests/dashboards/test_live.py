"""Every expression has an answer, and moves, while a real Prometheus scrapes a real small sale.

The evening is played once: a lobby, a release, fans who buy, leave, are declined and misbehave; the organizer changes
the rate; then somebody guesses passwords at the console, the store dies for some seconds and comes back, and at last an
edge is gone.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import httpx
import psycopg
import pytest

from dashboards import rules
from dashboards.expressions import alert_expressions, panel_expressions
from loadtests.answers import Claim
from loadtests.benchmarks.generator import Load, run_generator
from loadtests.calls import open_client
from loadtests.crowd import Crowd, Plan
from loadtests.errors import FanError
from loadtests.fan import Door, Fan
from loadtests.onsale import NAME, OnSale, SaleOptions, run_sale
from tests.dashboards.live import ORGANIZER, PASSWORD, Prometheus, Series, run_console, run_prometheus
from tests.factories import a_ring
from tests.patience import PATIENCE_SECONDS
from waitroom.queue import Queue, create_room, release_now
from waitroom.queue.lifecycle import change_room
from waitroom.rooms import CodePolicy, OutagePolicy, RoomSettings

pytestmark = [pytest.mark.prometheus, pytest.mark.journey, pytest.mark.timeout(900)]

FILLED_IN = {"room": ".+", "event": ".+", "__rate_interval": "10s"}
SMALL = SaleOptions(lobby_seconds=3600, rate_per_minute=300, ceiling=12, rows=2)
"""The lobby ends when it is full and was seen so."""
FANS = 45
LOBBY_FANS = 30
TOLD = {
    "WaitroomStoreErrors",
    "WaitroomSnapshotStale",
    "WaitroomSessionsUnconfirmed",
    "WaitroomAdmittingWithoutStore",
}
"""What an outage raises."""
GUESSED = "WaitroomPasswordsGuessed"
GUESSES = 30
"""More sign-ins than raise it."""
NEVER = {alert.name for alert in rules.NEVER}
UNIT_DOWN = "WaitroomUnitDown"
"""The units live through the evening: whether `up` moves depends on a scrape before they listen."""
PANELS = list(panel_expressions(FILLED_IN))
MUST_BE_ZERO = {"Has any fan had two turns?", "Is any fan lost?", "Is any seat sold twice?"}
OTHER_EVENINGS = {
    *("Has the store lost anything?", "Are rooms kept on disk?"),
    *("Does the beacon answer?", "Does a draw wait for its beacon?"),
    *("Do vendors' endpoints answer?", "Are vendors' keys refused?", "WaitroomCasesOpen"),
    *("What does the payment provider tell?", "WaitroomProviderEventsRefused", "What else do fans ask for?"),
    *("WaitroomStoreEmptied", "WaitroomStateNotWritten", "WaitroomBeaconSilent"),
}
"""What this evening has no cause for: there, and at zero; tests of what causes them move them."""

AS_IT_COMES = {
    *("Which jobs wait?", "Are jobs late?"),
    *("WaitroomJobsFailed", "WaitroomJobsLate", "WaitroomJobsRetried"),
    *("Do payments wait for somebody?", "WaitroomPaymentsOverdue"),
}
"""A worker that keeps up leaves little to see: these are there, and a scrape may find them at rest."""


@dataclass(frozen=True, kw_only=True)
class Evening:
    """What Prometheus has seen, and which alerts had fired before the store died."""

    prometheus: Prometheus
    fired_while_well: set[str]


@pytest.fixture(scope="module")
def evening(prometheus_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    """Play the evening once for all questions."""
    folder = tmp_path_factory.mktemp("sale")
    with (
        pytest.MonkeyPatch.context() as patch,
        run_sale(folder, SMALL) as sale,
        run_console(folder, sale) as console,
        run_prometheus(prometheus_path, folder, sale, console=console) as prometheus,
    ):
        # Nobody knows when the release comes: fans of the lobby look again and again.
        patch.setattr("loadtests.fan._seconds_to_release", lambda _snapshot: 1.0)
        fired_while_well = asyncio.run(_play(sale, prometheus, console_url=console.url))
        yield Evening(prometheus=prometheus, fired_while_well=fired_while_well)


@pytest.mark.parametrize(
    ("question", "expr"), PANELS, ids=[f"{n} {question}" for n, (question, _) in enumerate(PANELS)]
)
def test_every_panel_has_an_answer_that_moves(question: str, expr: str, evening: Evening) -> None:
    """No panel is empty, and none is a flat line but those that must be zero."""
    found = evening.prometheus.range_of(expr)

    assert found, expr
    if question in MUST_BE_ZERO | OTHER_EVENINGS:
        assert _values(found) == {0.0}
    elif question not in AS_IT_COMES:
        assert _moves(found), expr


@pytest.mark.parametrize(("name", "value"), list(alert_expressions()), ids=[name for name, _ in alert_expressions()])
def test_every_alert_watches_something(name: str, value: str, evening: Evening) -> None:
    """What an alert compares is there, so that silence means that all is well."""
    found = evening.prometheus.range_of(value)

    assert found, value
    if name == UNIT_DOWN:
        assert 1.0 in _values(found)
    elif name in OTHER_EVENINGS:
        assert _values(found) == {0.0}
    elif name not in NEVER | AS_IT_COMES:
        assert _moves(found), value


def test_a_healthy_sale_is_silent(evening: Evening) -> None:
    """Lobby, draw, release, a full ceiling and a changed rate raise no alarm."""
    assert evening.fired_while_well == set()


def test_trouble_is_told_and_nothing_else(evening: Evening) -> None:
    """A store that dies for some seconds, and a guesser, raise their alarms, and none of what must never be."""
    fired = evening.prometheus.firing()

    assert fired >= TOLD | {GUESSED}
    assert fired & NEVER == set()


async def _play(sale: OnSale, prometheus: Prometheus, *, console_url: str) -> set[str]:
    door = Door(edges=[sale.edge_url], checkouts=[sale.checkout_url], room=NAME, event=NAME)
    plan = Plan(fans=FANS, arrive_seconds=7.5, limit_seconds=PATIENCE_SECONDS, pace=0.1, seed="live")
    async with open_client() as client:
        late, rogue = (Fan(client, door, name=name) for name in ("late", "rogue"))
        async with asyncio.TaskGroup() as group:
            group.create_task(Crowd(door, plan).run())
            group.create_task(_release_and_change_the_room(sale, prometheus))
            group.create_task(_claim(late))
            group.create_task(_misbehave(rogue, client, door, prometheus))
            group.create_task(_crowd_another_room(sale, prometheus))
            group.create_task(_guess_codes(sale, client, prometheus))
            group.create_task(_sign_in(client, console_url, prometheus))
        fired = prometheus.firing()
        await _guess_passwords(client, console_url, prometheus)
        await _block_the_database(sale, rogue, prometheus)
        await _pause_the_room(sale, prometheus)
        await _lose_the_store(sale, late, prometheus)
        await _until(lambda: _moves(prometheus.range_of(rules.grown("given", 30))))
    # An edge that is gone, as the last thing.
    sale.units[0].stop()
    await _until(lambda: _holds(prometheus, "up == 0"))
    return fired


async def _release_and_change_the_room(sale: OnSale, prometheus: Prometheus) -> None:
    """Once the lobby was seen full the line is let through; once that was seen the rate and the ceiling change."""
    await _until(lambda: _holds(prometheus, f'waitroom_room_fans{{room="{NAME}",state="lobby"}} >= {LOBBY_FANS}'))
    queue = Queue.connect(sale.valkey.url)
    await release_now(queue, NAME, who="test")
    await queue.close()
    await _until(lambda: _holds(prometheus, "waitroom_room_admitting == 1"))
    await _command(sale, {"new_users_per_minute": 400, "total_active_users": 14})


async def _pause_the_room(sale: OnSale, prometheus: Prometheus) -> None:
    await _command(sale, {"paused": True})
    await _until(lambda: _holds(prometheus, "waitroom_room_admitting == 0"))


async def _command(sale: OnSale, changes: dict[str, object]) -> None:
    queue = Queue.connect(sale.valkey.url)
    await change_room(queue, NAME, changes, who="test")
    await queue.close()


async def _crowd_another_room(sale: OnSale, prometheus: Prometheus) -> None:
    """Many join in the same moment, so that their joins share a call: in a room that lets nobody in."""
    queue = Queue.connect(sale.valkey.url)
    await create_room(queue, a_ring(), "side", RoomSettings(total_active_users=0), who="test")
    await queue.close()
    look = f"{sale.edge_url}/v1/rooms/side"
    await _until(lambda: httpx.get(look, timeout=PATIENCE_SECONDS, trust_env=False).status_code == 200)
    for connections in (16, 4):
        # On a busy machine all of them share each call: the number moves since there are fewer the second time.
        joins = Load.of(
            "POST", "/v1/rooms/side/join", port=sale.edge_port, body="{}", connections=connections, seconds=0.5
        )
        # An edge that is full may be too busy to be scraped: Prometheus gets a look in between.
        outcome = await asyncio.to_thread(run_generator, joins)
        assert set(outcome.statuses) == {"201"}
        await _until(lambda: _holds(prometheus, 'waitroom_join_batch_fans_sum{room="side"}'))


async def _block_the_database(sale: OnSale, rogue: Fan, prometheus: Prometheus) -> None:
    """Somebody locks a table for a moment: requests wait for connections, and the room is slowed down."""
    with psycopg.connect(sale.postgres.url) as connection:
        connection.execute("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE")
        looks = [asyncio.create_task(_refused(rogue.categories())) for _ in range(60)]
        await _until(lambda: _holds(prometheus, 'waitroom_database_pool{state="waiting"} > 0'))
        await _until(lambda: _holds(prometheus, "waitroom_room_governor_factor < 1"))
    for look in looks:
        look.cancel()


async def _claim(fan: Fan) -> Claim:
    await fan.join()
    await fan.wait_for_turn()
    return await fan.claim_when_free()


async def _misbehave(rogue: Fan, client: httpx.AsyncClient, door: Door, prometheus: Prometheus) -> None:
    """Claim early, forge passes, share a token, hold too much: each more than once, so that it shows as growth."""
    await rogue.join()
    await _refused(rogue.claim())
    claim = await _claim(rogue)
    await rogue.open_session()
    await rogue.hold_best("floor", 4)
    for number in range(4):
        forged = {"Authorization": "Bearer forged"}
        await client.get(f"{door.edges[0]}/v1/rooms/{NAME}/place", headers=forged)
        shared, key = {"admission_token": claim.admission_token}, {"Idempotency-Key": f"{number:032}"}
        await client.post(f"{door.checkouts[0]}/v1/sessions", json=shared, headers=key)
        await _refused(rogue.hold_best("floor", 1))
        await _scraped(prometheus)


async def _guess_codes(sale: OnSale, client: httpx.AsyncClient, prometheus: Prometheus) -> None:
    """Try codes of a room that asks for them, more than its edge looks at, once Prometheus has seen that none was."""
    room = f"{sale.edge_url}/v1/rooms/presale"
    queue = Queue.connect(sale.valkey.url)
    await create_room(queue, sale.keys, "presale", RoomSettings(codes=CodePolicy.REQUIRED), who="test")
    await queue.close()
    await _until(lambda: _holds(prometheus, 'waitroom_codes_refused_total{room="presale"} == 0'))
    for typed in [None, *["NONSENSE"] * 8]:
        await client.post(f"{room}/join", json={"code": typed})


async def _sign_in(client: httpx.AsyncClient, console_url: str, prometheus: Prometheus) -> None:
    """The organizer signs in at the second try, once Prometheus has seen that nobody had."""
    await _until(lambda: _holds(prometheus, 'waitroom_sign_ins_total{outcome="signed-in"} == 0'))
    assert await _try_password(client, console_url, "seven green turtle") == 401
    assert await _try_password(client, console_url, PASSWORD) == 201


async def _guess_passwords(client: httpx.AsyncClient, console_url: str, prometheus: Prometheus) -> None:
    """Somebody tries the organizer's password, over and over."""
    answers = {await _try_password(client, console_url, f"guess {number}") for number in range(GUESSES)}
    assert answers == {401, 429}
    await _until(lambda: GUESSED in prometheus.firing())


async def _try_password(client: httpx.AsyncClient, console_url: str, password: str) -> int:
    typed = {"name": ORGANIZER, "password": password}
    return (await client.post(f"{console_url}/v1/admin/session", json=typed)).status_code


async def _lose_the_store(sale: OnSale, late: Fan, prometheus: Prometheus) -> None:
    """The store dies; a fan who had claimed comes in on the checkout's own record, others into an open room."""
    join = f"{sale.edge_url}/v1/rooms/open/join"
    queue = Queue.connect(sale.valkey.url)
    await create_room(queue, sale.keys, "open", RoomSettings(outage_policy=OutagePolicy.OPEN), who="test")
    await queue.close()
    await _until(lambda: _post(join) == 201)
    await _scraped(prometheus)
    sale.valkey.kill()
    await late.open_session()
    await _until(lambda: _post(join) == 201)
    await _until(lambda: _post(join) == 201 and prometheus.firing() >= TOLD)
    sale.valkey.restart()
    await _until(lambda: _holds(prometheus, "max(waitroom_snapshot_age_seconds) < 2"))
    await _until(lambda: _holds(prometheus, "max(waitroom_store_circuits_open) == 0"))


async def _scraped(prometheus: Prometheus) -> None:
    """Wait until each unit was scraped after this moment."""
    scrapes = "min(sum_over_time(up[1h]))"
    (before,) = prometheus.now(scrapes)
    # One may be under way.
    await _until(lambda: prometheus.now(scrapes)[0] >= before + 2)


async def _refused(call: Awaitable[object]) -> None:
    with contextlib.suppress(FanError):
        await call


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await asyncio.to_thread(is_so):
            await asyncio.sleep(0.2)


def _post(url: str) -> int:
    return httpx.post(url, timeout=PATIENCE_SECONDS, trust_env=False).status_code


def _holds(prometheus: Prometheus, expr: str) -> bool:
    return bool(prometheus.now(expr))


def _values(found: Series) -> set[float]:
    return {value for values in found.values() for value in values}


def _moves(found: Series) -> bool:
    return any(len(set(values)) > 1 for values in found.values())
