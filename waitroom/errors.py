"""The errors that leave the domain; each package adds its own few children."""


class WaitroomError(Exception):
    """Something that the caller can act on; the message says how."""


class ConfigurationError(WaitroomError):
    """A setting is missing or wrong."""


class QueueUnavailableError(WaitroomError):
    """The queue's store did not answer; nothing is lost, ask again after `retry_after` seconds."""

    def __init__(self, message: str, *, retry_after: int = 2) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RoomMissingError(WaitroomError):
    """No room of that name exists."""

    def __init__(self, room: str) -> None:
        super().__init__(f"There is no room {room!r}; `waitroom rooms list` shows those that exist.")
        self.room = room
