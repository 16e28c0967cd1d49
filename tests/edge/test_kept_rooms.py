"""The folder in which an edge's rooms outlive it."""

import stat
from pathlib import Path

import pytest

from edge.kept_rooms import DAY_MS, KeptRooms
from waitroom.queue.recovery import KeptRoom

NOW_MS = 1_800_000_000_000
FIELDS = {"epoch": "an-epoch", "version": "3", "created_at": str(NOW_MS), "name": "Müller's night"}


def a_kept_room(room: str = "night", **changes: object) -> KeptRoom:
    """A room that was seen just now."""
    values = {"room": room, "fields": FIELDS, "meter": {"watermark": "7"}, "fans": 3, "seen_ms": NOW_MS}
    return KeptRoom(**(values | changes))  # type: ignore[arg-type] # a test names the fields it changes


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """A room comes back as it was written last, and nothing else is left in the folder."""
    disk = KeptRooms(tmp_path)
    disk.write(a_kept_room(fans=1))
    disk.write(a_kept_room())
    disk.write(a_kept_room("other"))
    assert disk.read(now_ms=NOW_MS) == [a_kept_room(), a_kept_room("other")]
    assert sorted(path.name for path in disk.folder.iterdir()) == ["night.json", "other.json"]


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    """The folder and its files belong to the edge's user alone."""
    disk = KeptRooms(tmp_path / "state")
    disk.write(a_kept_room())
    assert stat.S_IMODE(disk.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((disk.folder / "night.json").stat().st_mode) == 0o600


def test_a_month_old_room_is_forgotten(tmp_path: Path) -> None:
    """What was not seen for thirty days is removed, and read no more."""
    disk = KeptRooms(tmp_path)
    disk.write(a_kept_room(seen_ms=NOW_MS - 30 * DAY_MS - 1))
    disk.write(a_kept_room("young", seen_ms=NOW_MS - 30 * DAY_MS))
    assert [kept.room for kept in disk.read(now_ms=NOW_MS)] == ["young"]
    assert [path.name for path in disk.folder.iterdir()] == ["young.json"]


def test_an_empty_place(tmp_path: Path) -> None:
    """An edge that starts for the first time keeps nothing, and removing what is not there is no fault."""
    disk = KeptRooms(tmp_path / "state")
    assert disk.read(now_ms=NOW_MS) == []
    disk.remove("night")


@pytest.mark.parametrize("text", ["", "{", '{"room": "night"}', a_kept_room("other").to_text(), "\udcff"])
def test_what_cannot_be_read_is_passed_over(tmp_path: Path, text: str) -> None:
    """A file that was cut, or has another room in it, keeps no edge from starting."""
    disk = KeptRooms(tmp_path)
    disk.write(a_kept_room("good"))
    (disk.folder / "night.json").write_bytes(text.encode(errors="surrogateescape"))
    assert disk.read(now_ms=NOW_MS) == [a_kept_room("good")]


def test_a_write_that_fails_leaves_the_file_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new file takes the old one's place whole, or not at all."""
    disk = KeptRooms(tmp_path)
    disk.write(a_kept_room())

    def no_space(_self: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", no_space)
    with pytest.raises(OSError, match="No space"):
        disk.write(a_kept_room(fans=9))
    assert disk.read(now_ms=NOW_MS) == [a_kept_room()]
    assert len(list(disk.folder.iterdir())) == 1
