"""Sessions: who is let in, once, and who is sent back and why."""

import secrets
import time

import httpx
import pytest

from checkout.services import Services
from tests.checkout.conftest import Connection
from tests.checkout.fans import Fan, a_key, an_admission, open_session, problem
from tests.factories import a_fan
from tests.patience import PATIENCE_SECONDS
from waitroom.queue import Active, Claimed, Queue, Standing, State, create_room
from waitroom.rooms import RoomSettings
from waitroom.settings import Settings


async def an_admitted_fan(queue: Queue, settings: Settings, room: str) -> tuple[str, str, Claimed]:
    """Make the room, let a fan claim a turn in it, and return epoch, fan and claim."""
    chosen = RoomSettings(new_users_per_minute=60_000, session_minutes=7)
    epoch = await create_room(queue, settings.key_source(), room, chosen, who="test")
    fan_id = a_fan()
    await queue.join(room, [(fan_id, 0)])
    for _ in range(100):
        await queue.advance(room, interval_us=0)
        claimed = await queue.claim(room, fan_id=fan_id)
        if isinstance(claimed, Claimed):
            return epoch, fan_id, claimed
    raise AssertionError(claimed)


async def state_of(queue: Queue, room: str, fan_id: str) -> State:
    """Where the room says the fan is."""
    standing = await queue.standing(room, fan_id=fan_id)
    assert isinstance(standing, Standing)
    return standing.state


async def test_a_token_opens_the_session_of_the_room(
    client: httpx.AsyncClient, queue: Queue, checkout_settings: Settings, room_name: str
) -> None:
    """The session lasts as long as the room says, and buying gives the slot back at once."""
    epoch, fan_id, claimed = await an_admitted_fan(queue, checkout_settings, room_name)
    admission = an_admission(
        checkout_settings, room_name, epoch=epoch, fan_id=fan_id, not_before_ms=claimed.enter_at_ms
    )
    opened = await open_session(client, admission)
    assert opened.status_code == 201
    assert await state_of(queue, room_name, fan_id) is State.ACTIVE
    await Fan(client, opened.json()["session"]).bought()
    assert await state_of(queue, room_name, fan_id) is State.FINISHED


async def test_leaving_gives_seats_and_slot_back(
    client: httpx.AsyncClient, queue: Queue, checkout_settings: Settings, room_name: str, database: Connection
) -> None:
    """Who leaves makes room at once, in the hall and in the line."""
    epoch, fan_id, claimed = await an_admitted_fan(queue, checkout_settings, room_name)
    admission = an_admission(
        checkout_settings, room_name, epoch=epoch, fan_id=fan_id, not_before_ms=claimed.enter_at_ms
    )
    fan = await Fan.let_in(client, admission)
    await fan.held()
    assert (await fan.call("DELETE", "/v1/sessions/current")).status_code == 204
    assert await state_of(queue, room_name, fan_id) is State.FINISHED
    row = await (await database.execute("SELECT count(*) FROM seats WHERE hold_id IS NOT NULL")).fetchone()
    assert row == (0,)
    after = await fan.call("GET", "/v1/events/gig")
    assert (after.status_code, after.json()["reason"]) == (403, "expired")


async def test_an_entry_a_moment_too_early_is_waited_for(
    client: httpx.AsyncClient, queue: Queue, checkout_settings: Settings, room_name: str
) -> None:
    """The moment of entry is kept without sending the fan away."""
    chosen = RoomSettings(new_users_per_minute=120, session_minutes=7)
    epoch = await create_room(queue, checkout_settings.key_source(), room_name, chosen, who="test")
    fans = [a_fan() for _ in range(3)]
    await queue.join(room_name, [(fan_id, 0) for fan_id in fans])
    claims: list[tuple[str, Claimed]] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(claims) < 3 and time.monotonic() < deadline:
        await queue.advance(room_name, interval_us=0)
        claimed = [(fan_id, await queue.claim(room_name, fan_id=fan_id)) for fan_id in fans]
        claims = [(fan_id, claim) for fan_id, claim in claimed if isinstance(claim, Claimed)]
    fan_id, last = max(claims, key=lambda claim: claim[1].enter_at_ms)
    admission = an_admission(checkout_settings, room_name, epoch=epoch, fan_id=fan_id, not_before_ms=last.enter_at_ms)
    assert (await open_session(client, admission)).status_code == 201
    assert time.time_ns() // 1_000_000 >= last.enter_at_ms


async def test_three_times_with_one_key_is_one_session(
    client: httpx.AsyncClient, checkout_settings: Settings, room_name: str, database: Connection
) -> None:
    """A reply that was lost costs nothing: the same key gives the same session."""
    admission, key = an_admission(checkout_settings, room_name), a_key()
    answers = [await open_session(client, admission, key=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["session"] for answer in answers}) == 1
    assert await (await database.execute("SELECT count(*) FROM sessions")).fetchone() == (1,)


async def test_a_replay_with_another_key_is_used(
    client: httpx.AsyncClient, checkout_settings: Settings, room_name: str
) -> None:
    """A token opens one session, also when the store has forgotten everything."""
    admission = an_admission(checkout_settings, room_name)
    await open_session(client, admission)
    answer = await open_session(client, admission)
    assert (answer.status_code, problem(answer), answer.json()["reason"]) == (403, "admission-required", "used")
    assert answer.json()["waiting_room_url"] == f"{checkout_settings.public_url}/r/{room_name}"


async def test_two_tokens_of_one_fan_are_one_turn(
    client: httpx.AsyncClient, checkout_settings: Settings, room_name: str
) -> None:
    """However many tokens there are of a fan of an epoch, the first session is the only one."""
    fan_id = a_fan()
    assert (await open_session(client, an_admission(checkout_settings, room_name, fan_id=fan_id))).status_code == 201
    answer = await open_session(client, an_admission(checkout_settings, room_name, fan_id=fan_id, tier=3))
    assert answer.json()["reason"] == "used"


NOW_MS = time.time_ns() // 1_000_000
"""When the run began: the test may come an hour later."""
DAY_MS = 86_400_000
REFUSED: dict[str, dict[str, object]] = {
    "expired": {"expires_ms": NOW_MS - 60_000},
    "early": {"not_before_ms": NOW_MS + DAY_MS, "expires_ms": NOW_MS + 2 * DAY_MS},
    "foreign": {"room": "another-room"},
}


@pytest.mark.parametrize("reason", REFUSED)
async def test_each_refusal_has_its_reason(
    client: httpx.AsyncClient, checkout_settings: Settings, room_name: str, reason: str
) -> None:
    """A token that does not fit says why, and writes nothing."""
    admission = an_admission(checkout_settings, room_name, **REFUSED[reason])
    answer = await open_session(client, admission)
    assert (answer.status_code, answer.json()["reason"]) == (403, reason)


async def test_a_forged_token_is_refused(client: httpx.AsyncClient) -> None:
    """Nobody makes a token without our keys."""
    answer = await open_session(client, "WyJ4Il0.forged")
    assert (answer.status_code, answer.json()["reason"]) == (403, "forged")


async def test_a_token_of_a_fan_without_a_turn_is_over(
    client: httpx.AsyncClient, queue: Queue, checkout_settings: Settings, room_name: str, database: Connection
) -> None:
    """The room's word counts while it is there; the row that came first is taken back."""
    epoch, fan_id, _ = await an_admitted_fan(queue, checkout_settings, room_name)
    await queue.finish(room_name, epoch=epoch, fan_id=fan_id)
    answer = await open_session(client, an_admission(checkout_settings, room_name, epoch=epoch, fan_id=fan_id))
    assert answer.json()["reason"] == "over"
    assert await (await database.execute("SELECT count(*) FROM sessions")).fetchone() == (0,)


async def test_a_token_of_another_epoch_is_foreign(
    client: httpx.AsyncClient, queue: Queue, checkout_settings: Settings, room_name: str
) -> None:
    """A room of the same name that was made anew does not take the old one's tokens."""
    await an_admitted_fan(queue, checkout_settings, room_name)
    answer = await open_session(client, an_admission(checkout_settings, room_name, epoch="an-earlier-epoch"))
    assert answer.json()["reason"] == "foreign"


async def test_the_row_alone_decides_while_the_store_is_away(
    client: httpx.AsyncClient, checkout_settings: Settings, room_name: str, services: Services
) -> None:
    """An outage of the line does not stop those whose turn it is, and it is counted."""
    await services.sessions._room._queue.close()
    assert (await open_session(client, an_admission(checkout_settings, room_name))).status_code == 201
    counted = services.metrics.registry.get_sample_value("waitroom_sessions_unconfirmed_total", {"room": room_name})
    assert counted == 1


@pytest.mark.parametrize("path", ["/v1/events/gig", "/v1/events/gig/availability", "/v1/holds"])
async def test_without_a_session_the_way_is_the_waiting_room(
    client: httpx.AsyncClient, checkout_settings: Settings, room_name: str, path: str
) -> None:
    """Who is not inside learns where the line is."""
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["reason"]) == (403, "missing")
    assert answer.json()["waiting_room_url"] == f"{checkout_settings.public_url}/r/{room_name}"


async def test_an_expired_session_is_refused(fan: Fan, database: Connection) -> None:
    """Time is over for everything but one's orders."""
    order = (await fan.bought()).json()
    await database.execute("UPDATE sessions SET expires_at = clock_timestamp()")
    assert (await fan.call("GET", "/v1/holds")).json()["reason"] == "expired"
    assert (await fan.hold_best()).json()["reason"] == "expired"
    assert (await fan.call("GET", f"/v1/orders/{order['order_id']}")).status_code == 200


async def test_a_changed_session_is_forged(fan: Fan) -> None:
    """The session is signed."""
    answer = await Fan(fan.client, fan.session[:-2] + "xx").call("GET", "/v1/holds")
    assert (answer.status_code, answer.json()["reason"]) == (403, "forged")


async def slot_seconds(queue: Queue, room: str, epoch: str, fan_id: str) -> float:
    """For how long the room still keeps the fan's slot."""
    slot = await queue.extend(room, epoch=epoch, fan_id=fan_id, seconds=0)
    assert isinstance(slot, Active)
    return slot.expires_at_ms / 1000 - time.time()


async def test_the_slot_lasts_as_long_as_a_hold_lives(
    client: httpx.AsyncClient, queue: Queue, checkout_settings: Settings, room_name: str, database: Connection
) -> None:
    """A hold that outlasts the session keeps the slot as long, and so does its refresh."""
    epoch, fan_id, claimed = await an_admitted_fan(queue, checkout_settings, room_name)
    admission = an_admission(
        checkout_settings, room_name, epoch=epoch, fan_id=fan_id, not_before_ms=claimed.enter_at_ms
    )
    fan = await Fan.let_in(client, admission)
    assert 6 * 60 < await slot_seconds(queue, room_name, epoch, fan_id) <= 7 * 60
    await database.execute("UPDATE events SET hold_seconds = 900")
    hold = await fan.held()
    assert 14 * 60 < await slot_seconds(queue, room_name, epoch, fan_id) <= 15 * 60
    await database.execute("UPDATE events SET hold_seconds = 1000")
    await fan.call("POST", f"/v1/holds/{hold}/refresh")
    assert 16 * 60 < await slot_seconds(queue, room_name, epoch, fan_id) <= 17 * 60


async def test_a_rehearsed_turn_sells_nothing(
    client: httpx.AsyncClient, browser: httpx.AsyncClient, queue: Queue, checkout_settings: Settings
) -> None:
    """Who walks along in a rehearsal is told that it was one; the token is spent and the slot goes back at once."""
    rehearsal = f"rehearsal-{secrets.token_hex(4)}"
    epoch, fan_id, claimed = await an_admitted_fan(queue, checkout_settings, rehearsal)
    facts = {"epoch": epoch, "fan_id": fan_id, "not_before_ms": claimed.enter_at_ms}
    admission = an_admission(checkout_settings, rehearsal, rehearsal=True, **facts)
    for _ in range(2):
        refused = await open_session(client, admission)
        assert (refused.status_code, problem(refused)) == (403, "admission-required")
        assert refused.json()["reason"] == "rehearsal"
        assert await state_of(queue, rehearsal, fan_id) is State.FINISHED
    page = await browser.post("/enter", data={"admission_token": admission})
    assert page.status_code == 403
    assert "This was a rehearsal. It worked." in page.text
    await queue.delete(rehearsal)


async def test_the_mark_of_a_rehearsal_is_what_refuses(
    client: httpx.AsyncClient, queue: Queue, checkout_settings: Settings, room_name: str
) -> None:
    """The same turn with a token that bears no such mark opens a session: nothing else stands before it."""
    epoch, fan_id, claimed = await an_admitted_fan(queue, checkout_settings, room_name)
    facts = {"epoch": epoch, "fan_id": fan_id, "not_before_ms": claimed.enter_at_ms}
    unmarked = an_admission(checkout_settings, room_name, rehearsal=False, **facts)
    assert (await open_session(client, unmarked)).status_code == 201
