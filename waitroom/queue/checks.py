"""The checks of a draw proof, and what a failed one says."""

from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """The checks, in the order in which they are made."""

    FORM = "form"
    COMMITMENT = "commitment"
    ENTRANTS = "entrants"
    COUNT = "count"
    ROOT = "root"
    DRAW_KEY = "draw_key"
    TEST_VECTOR = "test_vector"
    BEACON = "beacon"
    RECEIPT = "receipt"


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The proof does not hold: the first check that fails, and what is wrong."""

    check: Check
    detail: str


class BrokenError(Exception):
    """A check does not hold; it ends the verification as a `Failed`."""

    def __init__(self, check: Check, detail: str) -> None:
        super().__init__(detail)
        self.failed = Failed(check=check, detail=detail)


def agree(check: Check, computed: object, stated: object) -> None:
    """Raise BrokenError unless what was computed is what the proof states."""
    if computed != stated:
        raise BrokenError(check, f"It comes to {computed}, and the proof says {stated}.")


def text_of(value: object) -> str:
    """Return a text of the proof; raises TypeError when it is none."""
    if not isinstance(value, str):
        raise TypeError("text is needed")
    return value


def whole_of(value: object) -> int:
    """Return a whole number of the proof; raises TypeError when it is none."""
    if type(value) is not int:
        raise TypeError("a whole number is needed")
    return value
