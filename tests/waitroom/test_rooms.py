"""What an organizer may decide."""

from typing import Any

import pytest
from pydantic import ValidationError

from waitroom.rooms import RoomSettings

TIMES = {"lobby_at": 1000, "lobby_closes_at": 2000, "release_at": 3000, "closes_at": 4000}


def test_by_default() -> None:
    """A room is open from the start, for 600 fans a minute and 1,000 at once."""
    settings = RoomSettings()
    assert (settings.new_users_per_minute, settings.total_active_users) == (600, 1000)
    assert (settings.session_minutes, settings.claim_minutes) == (20, 10)
    assert settings.release_at is None
    assert not settings.paused
    assert not settings.sold_out


@pytest.mark.parametrize(
    "changes",
    [
        {},
        TIMES,
        {"name": "Bühne: „Süd“ 👨‍👩‍👧", "message": "1 < 2\r\n\tand so on"},
        {"new_users_per_minute": 1 / 3, "session_minutes": 0.1, "claim_minutes": 7.25},
        {"new_users_per_minute": 6_000_000, "total_active_users": 10_000_000, "paused": True, "sold_out": True},
        {"new_users_per_minute": 0, "total_active_users": 0},
    ],
)
def test_there_and_back(changes: dict[str, Any]) -> None:  # Any: of RoomSettings
    """What is stored is read again exactly, whatever else lies beside it."""
    settings = RoomSettings.model_validate(changes)
    stored = settings.to_fields()
    assert all(isinstance(text, str) for text in stored.values())
    assert RoomSettings.from_fields(stored | {"epoch": "e", "version": "3"}) == settings


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"message": "x" * 501}, "message"),
        ({"name": "two\nlines"}, "name"),
        ({"name": "nothing\0"}, "name"),
        ({"message": "a bell\a"}, "message"),
        ({"new_users_per_minute": -1}, "new_users_per_minute"),
        ({"new_users_per_minute": 6_000_001}, "new_users_per_minute"),
        ({"new_users_per_minute": float("nan")}, "new_users_per_minute"),
        ({"new_users_per_minute": float("inf")}, "new_users_per_minute"),
        ({"total_active_users": -1}, "total_active_users"),
        ({"total_active_users": 1.5}, "total_active_users"),
        ({"session_minutes": 0}, "session_minutes"),
        ({"claim_minutes": 1441}, "claim_minutes"),
        ({"release_at": -1}, "release_at"),
        ({"release_at": 2**45}, "release_at"),
        ({"unheard_of": 1}, "unheard_of"),
        ({"lobby_at": 1000}, "release_at"),
        ({"lobby_closes_at": 1000}, "release_at"),
        (TIMES | {"lobby_at": 2001}, "order"),
        (TIMES | {"lobby_closes_at": 3001}, "order"),
        (TIMES | {"closes_at": 2999}, "order"),
    ],
)
def test_what_cannot_be(changes: dict[str, Any], named: str) -> None:  # Any: as above
    """What may not be decided is refused, and named."""
    with pytest.raises(ValidationError, match=named):
        RoomSettings.model_validate(changes)
    with pytest.raises(ValidationError, match=named):
        RoomSettings().changed(changes)


def test_an_odd_text_that_is_stored_can_be_read() -> None:
    """A room from before control characters were refused is read with spaces in their place: no list breaks by it."""
    fields = RoomSettings().to_fields() | {"name": "a\0b\n", "message": "c\0\nd"}
    settings = RoomSettings.from_fields(fields)
    assert (settings.name, settings.message) == ("a b ", "c \nd")


def test_changed() -> None:
    """A change leaves the rest, and the settings it was made from."""
    before = RoomSettings.model_validate(TIMES)
    after = before.changed({"release_at": 3500, "message": "later"})
    assert (after.release_at, after.lobby_at, after.message) == (3500, 1000, "later")
    assert before.release_at == 3000
