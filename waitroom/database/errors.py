"""What can be wrong with a database; a package may raise children of its own instead."""

from dataclasses import dataclass

from waitroom.errors import WaitroomError


class DatabaseUnavailableError(WaitroomError):
    """PostgreSQL did not answer; nothing was done, or all of it."""

    retry_after = 2


class DatabaseBusyError(WaitroomError):
    """Others held the locks for longer than we wait (a second); nothing was done."""


class UnstorableTextError(WaitroomError):
    """A text that PostgreSQL cannot hold was looked for, so there is nothing of that name; nothing was done."""


@dataclass(frozen=True, kw_only=True)
class Errors:
    """What a package raises."""

    unavailable: type[DatabaseUnavailableError] = DatabaseUnavailableError
    busy: type[DatabaseBusyError] = DatabaseBusyError
    unstorable: type[UnstorableTextError] = UnstorableTextError
