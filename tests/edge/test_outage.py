"""The store is killed: what each policy lets in, what it refuses all the same, and what is so afterwards."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import structlog

from edge import outage
from edge.opening import LIMITED_SECONDS, PATIENCE_SECONDS, arrival_pass
from tests.edge.conftest import ADDRESS
from tests.edge.cut_store import ROOM, CutStore, an_edge_to_cut
from tests.edge.test_api import a_key
from tests.factories import a_pass
from waitroom.queue import Entered, Snapshot, Spent, make_codes
from waitroom.queue.scores import ARRIVALS
from waitroom.settings import Settings
from waitroom.tokens import AdmissionTokenSigner, QueuePassSigner

Edge = Callable[..., AbstractAsyncContextManager[CutStore]]


@pytest.fixture
def edge(tmp_path: Path, settings: Settings) -> Edge:
    """An edge to cut, with a room of these settings."""
    return lambda **room: an_edge_to_cut(tmp_path, settings, **room)


def refusal(response: httpx.Response) -> tuple[int, str]:
    """Status and name of a problem."""
    return response.status_code, response.json()["type"].removeprefix("/problems/")


AWAY = (503, "queue-unavailable")


async def test_keep_lets_nobody_in(edge: Edge) -> None:
    """Joins and claims are put off, places told as they were; nothing is counted, and the edge is not ready."""
    async with edge(outage_policy="keep", new_users_per_minute=0) as night:
        first, second = [held async for held in a_line(night, 2)]
        await night.cut(seconds=3600)
        for refused in (await night.join(), await night.claim(first), await night.join(queue_pass=first)):
            assert refusal(refused) == AWAY
            assert int(refused.headers["retry-after"]) > 0
        assert [(await night.place(held)).json()["ahead"] for held in (first, second)] == [0, 1]
        assert (night.let_in("open"), night.let_in("open_limited")) == (0, 0)
        await night.ready(503)


async def test_open_lets_everybody_in(edge: Edge) -> None:
    """Who waits and who comes has the turn, and takes it at once with a token that opens the room now."""
    async with edge(outage_policy="open", new_users_per_minute=1, total_active_users=1) as night:
        passes = [held async for held in a_line(night, 4)]
        await night.cut()
        key = a_key()
        joined = await night.join(key)
        assert (joined.status_code, joined.json()["state"]) == (201, "admitted")
        assert (await night.join(key)).json()["fan_id"] == joined.json()["fan_id"]
        signer = AdmissionTokenSigner(night.settings.key_source())
        for held in [*passes, joined.json()["pass"]]:
            assert (await night.place(held)).json()["state"] == "admitted"
            claimed = await night.claim(held)
            assert claimed.status_code == 200
            token = signer.verify(claimed.json()["admission_token"], room=ROOM, epoch=night.epoch)
            again = signer.read((await night.claim(held)).json()["admission_token"])
            assert (again.token_id, again.not_before_ms) == (token.token_id, token.not_before_ms)
        assert night.let_in("open") == 5
        await night.ready(200)


async def test_a_short_absence_opens_nothing(edge: Edge) -> None:
    """Within five seconds the store may be back: an open room keeps everybody as well."""
    async with edge(outage_policy="open") as night:
        await night.cut(seconds=0)
        assert refusal(await night.join()) == AWAY
        await night.wait(PATIENCE_SECONDS + 1)
        assert (await night.join()).status_code == 201


async def test_open_limited_goes_on_in_order_at_a_tenth_of_the_rate(edge: Edge) -> None:
    """At 3 a minute this edge lets in one each 200 seconds, from the head of the line; who stands behind waits on."""
    async with edge(outage_policy="open_limited", new_users_per_minute=3) as night:
        passes = [held async for held in a_line(night, 40)]
        await night.cut(seconds=PATIENCE_SECONDS + 220)
        first, second, last = passes[0], passes[1], passes[-1]
        assert [(await night.place(held)).json()["state"] for held in (first, second)] == ["admitted", "admitted"]
        assert (await night.claim(first)).status_code == 200
        assert (await night.claim(first)).status_code == 200
        empty = await night.claim(second)
        assert refusal(empty) == AWAY
        assert 0 < int(empty.headers["retry-after"]) <= 200
        await night.wait(200)
        behind = (await night.place(last)).json()
        assert (behind["state"], behind["ahead"] < len(passes)) == ("waiting", True)
        # The bucket has one again, and neither who stands behind nor who comes now gets it.
        assert refusal(await night.claim(last)) == AWAY
        assert refusal(await night.join()) == AWAY
        assert (await night.claim(second)).status_code == 200
        assert night.let_in("open_limited") == 2
        await night.ready(200)


async def test_open_limited_ends(edge: Edge) -> None:
    """After ten minutes the room keeps everybody, and the line is shown as it was."""
    async with edge(outage_policy="open_limited", new_users_per_minute=2, total_active_users=100) as night:
        held = [held async for held in a_line(night, 4)]
        waiting = night.shown.counts.waiting
        await night.cut(seconds=PATIENCE_SECONDS + LIMITED_SECONDS - 1)
        assert night.shown.counts.waiting == 0
        assert (await night.claim(held[-1])).status_code == 200
        await night.wait(2)
        assert night.shown.counts.waiting == waiting
        assert refusal(await night.claim(held[-1])) == AWAY
        assert refusal(await night.join()) == AWAY
        assert night.let_in("open_limited") == 1


def a_genuine_pass(night: CutStore, *, epoch: str | None = None) -> str:
    """A pass that the edge signed, of a fan at the head of the line."""
    held = a_pass(epoch=epoch or night.epoch, score=ARRIVALS, tier=0)
    return QueuePassSigner(night.settings.key_source()).sign(held)


@pytest.mark.parametrize("policy", ["open", "open_limited"])
async def test_passes_that_do_not_hold(edge: Edge, policy: str) -> None:
    """No pass, a forged one and one of another sale open nothing; a genuine one does."""
    async with edge(outage_policy=policy) as night:
        await night.cut(seconds=PATIENCE_SECONDS + 60)
        assert refusal(await night.claim("")) == (403, "pass-required")
        assert refusal(await night.claim("forged")) == (403, "pass-required")
        assert refusal(await night.claim(a_genuine_pass(night, epoch="another"))) == (403, "other-epoch")
        assert (await night.claim(a_genuine_pass(night))).status_code == 200


@pytest.mark.parametrize("policy", ["open", "open_limited"])
@pytest.mark.parametrize(
    ("room", "join", "claim"),
    [
        ({"paused": True}, AWAY, (403, "room-paused")),
        ({"sold_out": True}, AWAY, AWAY),
        ({"new_users_per_minute": 0}, AWAY, AWAY),
        ({"closes_at": 1_700_000_000_000}, (403, "room-closed"), (403, "room-closed")),
        ({"lobby_at": 0, "release_at": 2_000_000_000_000}, AWAY, AWAY),
        ({"lobby_at": 1_999_999_999_999, "release_at": 2_000_000_000_000}, AWAY, AWAY),
    ],
)
async def test_what_is_shut_stays_shut(
    edge: Edge, policy: str, room: dict[str, object], join: tuple[int, str], claim: tuple[int, str]
) -> None:
    """Paused, sold out, a shut tap, closed, in the lobby, before it: nobody goes in, whatever the policy."""
    async with edge(outage_policy=policy, **room) as night:
        await night.cut(seconds=PATIENCE_SECONDS + 60)
        assert refusal(await night.join()) == join
        assert refusal(await night.claim(a_genuine_pass(night))) == claim
        assert night.let_in(policy) == 0


async def test_where_codes_are_required_newcomers_are_not_let_in(edge: Edge) -> None:
    """No code can be looked up: without one it is asked for, with one the fan is put off; who has a pass goes in."""
    async with edge(outage_policy="open", codes="required") as night:
        (code,) = await make_codes(night.queue, night.settings.key_source(), ROOM, count=1, who="test")
        holder = (await night.join(code=code)).json()["pass"]
        await night.cut()
        assert refusal(await night.join()) == (403, "code-required")
        assert refusal(await night.join(code="7K3M-01XA-9QZD-8V2T")) == AWAY
        assert (await night.claim(holder)).status_code == 200


async def test_nobody_wins_a_place_by_an_outage(edge: Edge) -> None:
    """Who came while the store was away, and did not go in, stands behind all who had come before."""
    async with edge(outage_policy="open", new_users_per_minute=1) as night:
        passes = [held async for held in a_line(night, 5)]
        await night.cut()
        newcomer = (await night.join()).json()["pass"]
        await night.mend()
        back = await night.join(queue_pass=newcomer)
        assert (back.status_code, back.json()["state"], back.json()["ahead"]) == (200, "waiting", len(passes))
        states = [(await night.place(held)).json() for held in passes]
        assert [state["ahead"] for state in states] == list(range(len(passes)))


async def test_who_was_let_in_is_active_once_the_store_is_back(edge: Edge) -> None:
    """The room takes over whom the edge let in as soon as the token is spent, above the ceiling too, and once."""
    async with edge(outage_policy="open", new_users_per_minute=1, total_active_users=1) as night:
        waiting = [held async for held in a_line(night, 3)]
        await night.cut()
        newcomer = (await night.join()).json()["pass"]
        tokens = [(await night.claim(held)).json()["admission_token"] for held in [*waiting, newcomer]]
        await night.mend()
        signer = AdmissionTokenSigner(night.settings.key_source())
        for fan_id in {signer.read(token).fan_id for token in tokens}:
            entered = await night.queue.enter(ROOM, epoch=night.epoch, fan_id=fan_id, session="one")
            assert isinstance(entered, Entered)
            other = await night.queue.enter(ROOM, epoch=night.epoch, fan_id=fan_id, session="other")
            assert isinstance(other, Spent)
        # A look of this moment: the stored one may be from before.
        shown = Snapshot.parse(ROOM, (await night.queue.advance(ROOM, interval_us=0)).snapshot)
        assert shown.counts.active >= len(tokens)
        assert shown.counts.waiting == 0


async def test_an_outage_is_told_once(edge: Edge) -> None:
    """The log names room and policy once when the store is away, and once when it is back."""
    async with edge(outage_policy="open") as night:
        with structlog.testing.capture_logs() as logs:
            await night.cut()
            for _ in range(3):
                await night.wait(1)
            await night.claim(a_genuine_pass(night))
            await night.mend()
        told = [entry for entry in logs if entry["event"].startswith("the store is")]
        assert [(entry["event"], entry["room"]) for entry in told] == [
            ("the store is away", ROOM),
            ("the store is back", ROOM),
        ]
        assert (told[0]["policy"], told[1]["let_in"]) == ("open", 1)


async def a_line(night: CutStore, count: int) -> AsyncIterator[str]:
    """Let so many stand in line, whose turn has not come, and give their passes in order."""
    found = 0
    while found < count:
        joined = (await night.join()).json()
        if joined["state"] == "waiting":
            found += 1
            yield joined["pass"]
    await night.until(lambda: night.shown.counts.waiting >= count - 1)


async def test_the_way_in_without_javascript(edge: Edge) -> None:
    """By forms alone: join, see the turn, take it, and find the token in a form to the checkout."""
    async with edge(outage_policy="open", new_users_per_minute=1) as night:
        await night.cut()
        transport = httpx.ASGITransport(night.app, raise_app_exceptions=False)
        own_form = {"Sec-Fetch-Site": "same-origin"}
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, follow_redirects=True) as fan:
            assert 'data-state="turn"' in (await fan.post(f"/r/{ROOM}/join", headers=own_form)).text
            door = await fan.post(f"/r/{ROOM}/claim", headers=own_form)
            assert 'name="admission_token"' in door.text
            assert ' hidden><input type="hidden" name="admission_token"' not in door.text
            assert 'name="admission_token"' in (await fan.get(f"/r/{ROOM}/place")).text
        assert night.let_in("open") == 1


@pytest.mark.parametrize(("is_armed", "ahead"), [(True, 5), (False, 0)])
async def test_the_place_of_a_newcomer_has_a_guard(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, *, is_armed: bool, ahead: int
) -> None:
    """With the pass of a fan who was admitted at the join instead, an outage would win a place at the head."""
    if not is_armed:
        first = lambda *args, **named: replace(arrival_pass(*args, **named), score=0)  # noqa: E731 - the guard, taken away
        monkeypatch.setattr(outage, "arrival_pass", first)
    async with edge(outage_policy="open", new_users_per_minute=1) as night:
        passes = [held async for held in a_line(night, 5)]
        assert len(passes) == 5
        await night.cut()
        newcomer = (await night.join()).json()["pass"]
        await night.mend()
        assert (await night.join(queue_pass=newcomer)).json()["ahead"] == ahead


async def test_the_order_of_the_line_has_a_guard(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """If nobody counted as standing in the line, who stands last would go in before who stands first."""
    monkeypatch.setattr(outage, "place_in_snapshot", lambda _snapshot, _held: None)
    async with edge(outage_policy="open_limited", new_users_per_minute=3) as night:
        passes = [held async for held in a_line(night, 40)]
        await night.cut(seconds=PATIENCE_SECONDS + 220)
        assert (await night.claim(passes[-1])).status_code == 200
        assert refusal(await night.claim(passes[0])) == AWAY
