"""What can go wrong for a fan; an answer that says no is `Refused` and carries all of it."""

from collections.abc import Mapping
from typing import Any


class FanError(Exception):
    """A fan could not go on."""


class Refused(FanError):  # noqa: N818 - it is an answer, and reads as one
    """The product said no; `problem` is the last part of its type."""

    def __init__(self, *, status: int, problem: str, members: Mapping[str, Any]) -> None:  # Any: JSON members
        super().__init__(f"{status} {problem}: {members.get('detail') or members.get('reason') or ''}".rstrip(": "))
        self.status = status
        self.problem = problem
        self.members = members

    @property
    def reason(self) -> str | None:
        """The member `reason`, where the problem has one."""
        return self.members.get("reason")


class Unreachable(FanError):  # noqa: N818 - as above
    """No address answered, however often it was asked."""


class TurnOver(FanError):  # noqa: N818 - as above
    """The fan's turn, or the whole sale, is over; `reason` says how."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
