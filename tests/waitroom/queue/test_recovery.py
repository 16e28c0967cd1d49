"""What an edge keeps of a room and puts back, and where a pass puts its fan."""

import pytest

from tests.factories import ARoom, a_fan, a_pass, some_fans
from tests.waitroom.queue.conftest import Store
from tests.waitroom.queue.losses import kept, lose
from waitroom.queue import Queue, Snapshot
from waitroom.queue.draw import draw_score
from waitroom.queue.recovery import KeptRoom, Stage, recovering_seconds, score_to_restore
from waitroom.queue.scores import TIER
from waitroom.tokens import LOBBY

DRAW = ("frozen_at_us", "root", "count", "chunks", "seed", "beacon", "key_hash", "drawn", "drawn_entrants")
FIELDS = {"epoch": "an-epoch", "version": "3", "created_at": "1800000000000", "release_at": "1800000000000"}
PINNED = {"frozen_at_us": "5", "root": "aa", "count": "9", "chunks": "4", "seed": "bb", "beacon": "", "key_hash": "cc"}


def a_kept_room(**changes: object) -> KeptRoom:
    """A room in its lobby."""
    fields = {"room": "a-room", "fields": FIELDS, "meter": {}, "fans": 10, "seen_ms": 1_800_000_060_000}
    return KeptRoom(**(fields | changes))  # type: ignore[arg-type] # a test names the fields it changes


@pytest.mark.parametrize(
    ("fans", "seconds"), [(0, 90), (9_999, 90), (10_000, 91), (1_000_000, 190), (8_100_000, 900), (14_000_000, 900)]
)
def test_many_fans_have_longer(fans: int, seconds: int) -> None:
    """A minute and a half, and a second more for each ten thousand fans, up to a quarter of an hour."""
    assert recovering_seconds(fans) == seconds


async def test_a_kept_room_survives_its_file(lobby: ARoom) -> None:
    """What was written is read again, the same."""
    await lobby.join(*some_fans(3))
    before = await kept(lobby)
    assert before.fans == 3
    assert before.epoch == lobby.epoch
    assert before.made_ms == lobby.clock.now_ms
    assert KeptRoom.from_text(before.to_text()) == before


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"room": "a"}', a_kept_room(fields={}).to_text(), "{"])
def test_what_is_no_kept_room(text: str) -> None:
    """A file that was cut, or is of something else, is told as such."""
    with pytest.raises(ValueError, match=r"kept|Expecting"):
        KeptRoom.from_text(text)


def test_in_the_lobby_there_is_nothing_of_a_draw() -> None:
    """The lobby opens again, with the counts and the entries as they were."""
    room = a_kept_room(meter={"joined": "12", "free_from_us": "77", "share": "0.8", "speed": "3"})
    back = room.meter_to_restore()
    assert room.stage is Stage.LOBBY
    assert not back.keys() & set(DRAW)
    assert (back["joined"], back["free_from_us"], back["share"]) == ("12", "77", "0.8")
    assert "speed" not in back


def test_frozen_but_not_pinned_the_list_is_made_anew() -> None:
    """The latched moment stands; a list that was gathered is dropped, since its fans come back first."""
    room = a_kept_room(meter={"frozen_at_us": "5", "root": "aa", "count": "9", "chunks": "1", "watermark": "7"})
    back = room.meter_to_restore()
    assert room.stage is Stage.FROZEN
    assert {name: back[name] for name in DRAW if name in back} == {"frozen_at_us": "5"}


def test_pinned_the_order_is_decided() -> None:
    """Everything that the draw was made of comes back, and every entrant counts as moved."""
    room = a_kept_room(meter=PINNED | {"drawn_entrants": "1"})
    assert room.stage is Stage.PINNED
    assert {name: room.meter_to_restore()[name] for name in DRAW} == PINNED | {"drawn": "1", "drawn_entrants": "9"}


def test_a_room_without_a_lobby_stays_open() -> None:
    """Where there never was a draw, none is waited for."""
    room = a_kept_room(fields=FIELDS | {"release_at": ""}, meter={"frozen_at_us": "5", "drawn": "1"})
    back = room.meter_to_restore()
    assert {name: back[name] for name in DRAW if name in back} == {"frozen_at_us": "5", "drawn": "1"}


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ({"fields": FIELDS | {"version": "10"}}, {"meter": PINNED | {"watermark": "9"}}),
        ({"meter": PINNED}, {"meter": {"frozen_at_us": "5"}}),
        ({"meter": {"frozen_at_us": "5"}}, {}),
        ({"meter": PINNED | {"watermark": "1125899906842625"}}, {"meter": PINNED | {"watermark": "1125899906842624"}}),
        ({"fields": FIELDS | {"epoch": "new", "created_at": "1800000000001"}}, {"meter": PINNED}),
    ],
    ids=["version", "pinned", "frozen", "watermark", "room"],
)
def test_the_later_state_is_known(later: dict[str, object], earlier: dict[str, object]) -> None:
    """A room's version, its draw and its watermark only grow; another room of the name goes by when it was made."""
    assert a_kept_room(**later).is_after(a_kept_room(**earlier))
    assert not a_kept_room(**earlier).is_after(a_kept_room(**later))
    assert not a_kept_room(**later).is_after(a_kept_room(**later))


async def test_a_second_loss_has_the_fans_of_the_first(queue: Queue, room: ARoom, store: Store) -> None:
    """While its fans come back, a room counts those who were there; another room of the name does not."""
    many = KeptRoom(room=room.name, fields={"epoch": room.epoch}, meter={}, fans=5_000_000, seen_ms=0)
    before = await kept(room)
    await lose(store.client, room)
    await queue.restore_room(before, recovering_ms=90_000, now_us=room.clock.now_us)
    advanced = await queue.advance(room.name, interval_us=0, now_us=room.clock.now_us)
    snapshot = Snapshot.parse(room.name, advanced.snapshot)
    assert snapshot.is_recovering
    assert KeptRoom.of(snapshot, before=many).fans == 5_000_000
    other = KeptRoom(room=room.name, fields={"epoch": "other"}, meter={}, fans=5_000_000, seen_ms=0)
    assert KeptRoom.of(snapshot, before=other).fans == 0


KEY = b"k" * 32


def test_a_score_that_was_signed_stands() -> None:
    """Who had a place has it again, whatever is known of a draw."""
    held = a_pass(score=TIER + 5)
    assert score_to_restore(held, draw_key=KEY, is_entrant=False) == TIER + 5


def test_a_fan_of_the_lobby_is_still_to_be_drawn() -> None:
    """Before the pin there is no score."""
    assert score_to_restore(a_pass(score=LOBBY), draw_key=None) is None


@pytest.mark.parametrize("is_entrant", [None, True])
def test_a_fan_of_the_lobby_comes_back_as_drawn(is_entrant: bool | None) -> None:
    """Once the draw key is known, the score follows from it, where nobody can tell otherwise."""
    held = a_pass(score=LOBBY, tier=3, fan_id=a_fan())
    expected = draw_score(KEY, tier=3, fan_id=held.fan_id)
    assert score_to_restore(held, draw_key=KEY, is_entrant=is_entrant) == expected


def test_who_was_not_in_the_drawn_list_is_a_newcomer() -> None:
    """A drawn place is for those whom the published list holds."""
    assert score_to_restore(a_pass(score=LOBBY), draw_key=KEY, is_entrant=False) == "behind"
