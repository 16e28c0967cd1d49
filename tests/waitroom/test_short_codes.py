"""Codes for a short while: what a person types leads to one id, and to another in every other place."""

import pytest

from waitroom.short_codes import LETTERS, Purpose, new_short_code, short_code_id

SECRET = b"s" * 32


def id_of(typed: str, purpose: Purpose = Purpose.MOVE, *, secret: bytes = SECRET, epoch: str = "epoch-1") -> str | None:
    """The id of a code as typed, in one room."""
    return short_code_id(typed, purpose, secret=secret, epoch=epoch)


def test_an_id_is_of_one_purpose_room_and_epoch() -> None:
    """The same letters are nothing for the other purpose, in another room, or in the next sale of the same room."""
    ids = {
        id_of("7GQ4-K2MX"),
        id_of("7GQ4-K2MX", Purpose.SUPPORT),
        id_of("7GQ4-K2MX", secret=b"t" * 32),
        id_of("7GQ4-K2MX", epoch="epoch-2"),
    }
    assert len(ids) == 4
    assert None not in ids


@pytest.mark.parametrize(
    "typed", ["7gq4k2mx", " 7 G Q 4 - K 2 M X ", "7GQ4 K2MX", "\uff17\uff27\uff31\uff14-\uff2b\uff12\uff2d\uff38"]
)
def test_a_code_as_typed(typed: str) -> None:
    """Case, spaces, hyphens and the wide letters of a Japanese keyboard make no difference."""
    assert id_of(typed) == id_of("7GQ4-K2MX")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "7GQ4-K2M",
        "7GQ4-K2MX7",
        "7GQ4-K2MU",
        "\u0410\u0412\u0421D-\u0415FG\u041d",
        "\0" * LETTERS,
        "\u0660" * LETTERS,
    ],
)
def test_what_can_be_no_code(typed: str) -> None:
    """Too few or too many letters, and those of no code, have no id at all."""
    assert id_of(typed) is None


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_new_code_has_an_id(purpose: Purpose) -> None:
    """What is shown can be typed."""
    assert id_of(new_short_code(purpose), purpose) is not None
