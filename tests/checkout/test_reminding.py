"""After a loss the checkout tells the room again who is inside and whose business is done."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from checkout import reminding
from checkout.cases import Cases
from checkout.reminding import Reminding
from checkout.reporting import Pulse, Reporting
from checkout.room_client import RoomClient
from checkout.services import Services
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import Fan
from tests.patience import PATIENCE_SECONDS
from waitroom.queue import Queue, Standing, State, look_at_room
from waitroom.queue.keys import Keys
from waitroom.queue.recovery import KeptRoom
from waitroom.rooms import RoomSettings

INSIDE, EXPIRED, LEFT = range(3)


@pytest.fixture
async def store(valkey_url: str) -> AsyncIterator[Redis]:
    """The keys of this worker's Valkey."""
    client = Redis.from_url(valkey_url)
    yield client
    await client.aclose()


@pytest.fixture
async def sessions(make_fan: MakeFan, database: Connection, queue: Queue, room_name: str) -> list[str]:
    """The fans of three sessions: one is open, one has expired, one was left; the room knows nothing of them."""
    fans = [await make_fan() for _ in range(3)]
    await fans[LEFT].call("DELETE", "/v1/sessions/current")
    fields = RoomSettings().to_fields() | {"seed_key_id": "test", "commitment": "00" * 32}
    await queue.configure(room_name, fields=fields, who="test", expected=None, epoch=f"epoch-of-{room_name}")
    found = [await _fan_of(database, fan, number=number) for number, fan in enumerate(fans)]
    await database.execute("UPDATE sessions SET expires_at = clock_timestamp() WHERE fan_id = %s", (found[EXPIRED],))
    return found


async def _fan_of(database: Connection, _fan: Fan, *, number: int) -> str:
    cursor = await database.execute("SELECT fan_id FROM sessions ORDER BY opened_at OFFSET %s LIMIT 1", (number,))
    row = await cursor.fetchone()
    assert row is not None
    return str(row[0])


async def lose(queue: Queue, store: Redis, room: str) -> None:
    """Empty the room, and put it back as an edge would."""
    kept = KeptRoom.of(await look_at_room(queue, room))
    await store.delete(*Keys(room).all)
    await queue.restore_room(kept, recovering_ms=90_000)


async def states(queue: Queue, room: str, fans: list[str]) -> list[State]:
    """Where the room says that fans are."""
    standings = [await queue.standing(room, fan_id=fan) for fan in fans]
    return [standing.state for standing in standings if isinstance(standing, Standing)]


def a_reporting(services: Services) -> tuple[Reporting, Reminding]:
    """What the checkout says of itself, report by report, and what it reminds rooms of."""
    room, database = services.sessions._room, services.database
    reminder = Reminding(database, room)
    pulse, metrics = Pulse(), services.metrics
    cases = Cases(database)
    report = Reporting(
        services.catalogue, room, database, reminder, cases, pulse=pulse, metrics=metrics, reporter="test"
    )
    return report, reminder


async def test_a_room_that_recovers_is_reminded_once(
    services: Services, queue: Queue, store: Redis, room_name: str, sessions: list[str]
) -> None:
    """Who is inside counts against the ceiling again, and whose business is done does not come back by a pass."""
    reporting, reminder = a_reporting(services)
    await reporting.report()
    assert await states(queue, room_name, sessions) == [State.UNKNOWN] * 3
    await lose(queue, store, room_name)
    await queue.restore(room_name, [(fan, 0, 5) for fan in sessions], epoch=f"epoch-of-{room_name}")
    await reporting.report()
    await asyncio.gather(*reminder._tasks)
    assert await states(queue, room_name, sessions) == [State.ACTIVE, State.FINISHED, State.FINISHED]
    assert (await look_at_room(queue, room_name)).counts.active == 1

    await store.delete(Keys(room_name).part("active"))
    await reporting.report()
    assert not reminder._tasks
    await lose(queue, store, room_name)
    await reporting.report()
    await asyncio.gather(*reminder._tasks)
    assert await states(queue, room_name, sessions) == [State.ACTIVE, State.FINISHED, State.FINISHED]


async def test_what_the_room_did_not_take_is_told_again(
    services: Services, queue: Queue, room_name: str, sessions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the room is away the same sessions are told again; none is left out."""
    monkeypatch.setattr(reminding, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(reminding, "BATCH", 2)
    whole, refusals = RoomClient.remind, iter([True, False, True, True, False])

    async def remind(room: RoomClient, name: str, *, epoch: str, fan_id: str, session: str | None) -> bool:
        told = await whole(room, name, epoch=epoch, fan_id=fan_id, session=session)
        return told and next(refusals, True)

    monkeypatch.setattr(RoomClient, "remind", remind)
    reminder = Reminding(services.database, services.sessions._room)
    reminder.begin(room_name, recovering_until_ms=5)
    await asyncio.gather(*reminder._tasks)
    assert next(refusals, None) is None
    assert await states(queue, room_name, sessions) == [State.ACTIVE, State.FINISHED, State.FINISHED]


async def test_close_ends_what_cannot_end(services: Services, room_name: str, sessions: list[str]) -> None:
    """A checkout that stops while the room is away does not wait for it."""
    assert sessions
    await services.sessions._room._queue.delete(room_name)
    reminder = Reminding(services.database, services.sessions._room)
    reminder.begin(room_name, recovering_until_ms=5)
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await reminder.close()
    assert not reminder._tasks
