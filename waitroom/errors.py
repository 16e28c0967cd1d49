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


class StoreRefusedError(WaitroomError):
    """The queue's store answers, and finds a call of ours wrong: a mistake in the product, or in the store's rights."""


class ScriptFailedError(StoreRefusedError):
    """A script broke on the store; asking again will not help, its text has to be mended."""

    def __init__(self, script: str, reason: str) -> None:
        super().__init__(f"The script {script!r} failed. {reason}")
        self.script = script


class RoomMissingError(WaitroomError):
    """No room of that name exists."""

    def __init__(self, room: str) -> None:
        super().__init__(f"There is no room {room!r}; `waitroom rooms list` shows those that exist.")
        self.room = room
