"""Kept rooms: the folder `STATE_DIR/rooms`, in which an edge's rooms outlive the edge and the store."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import structlog

from waitroom.queue.keys import is_room_name
from waitroom.queue.recovery import KEPT_DAYS, KeptRoom

log = structlog.get_logger()

FOLDER_MODE = 0o700
DAY_MS = 86_400_000


class KeptRooms:
    """A file a room, `ROOM.json`, readable by the edge's user alone; every method blocks.

    A machine that loses its power may lose the last seconds, or a file; what cannot be read is passed over.
    """

    def __init__(self, state_dir: Path) -> None:
        self.folder = state_dir / "rooms"

    def read(self, *, now_ms: int) -> list[KeptRoom]:
        """Read every room that was seen within thirty days, and remove the others."""
        rooms = []
        for path in sorted(self.folder.glob("*.json")):
            kept = _read(path)
            if kept is None:
                continue
            if now_ms - kept.seen_ms > KEPT_DAYS * DAY_MS:
                self.remove(kept.room)
            else:
                rooms.append(kept)
        return rooms

    def write(self, kept: KeptRoom) -> None:
        """Put the room's file in the place of the one before, whole; raises OSError."""
        self.folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        # Several edges of a machine share the folder: each writes a file of its own first, mode 0600.
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=f".{kept.room}.")
        try:
            with os.fdopen(handle, "w") as file:
                file.write(kept.to_text())
            Path(name).replace(self._path(kept.room))
        except OSError:
            with suppress(OSError):
                Path(name).unlink()
            raise

    def remove(self, room: str) -> None:
        """Forget a room."""
        with suppress(OSError):
            self._path(room).unlink(missing_ok=True)

    def _path(self, room: str) -> Path:
        return self.folder / f"{room}.json"


def _read(path: Path) -> KeptRoom | None:
    try:
        kept = KeptRoom.from_text(path.read_text())
    except (OSError, ValueError) as broken:
        log.warning("a kept room cannot be read; it is passed over", file=path.name, why=str(broken))
        return None
    return kept if is_room_name(kept.room) and path.stem == kept.room else None
