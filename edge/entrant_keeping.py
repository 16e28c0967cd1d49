"""Keeping: each edge writes the lists of entrants of drawn rooms to its disk, and reads them from there.

A disk that cannot be written costs speed alone: the store has the same list, and its edge says so once in the log.
"""

import asyncio
import time
from pathlib import Path

import structlog

from edge.boards import Boards
from edge.entrant_files import SCORE_BYTES, EntrantList, chunk_roots, root_over, write_scores, written_whole
from waitroom.errors import QueueUnavailableError, StoreRefusedError
from waitroom.queue import OtherEpoch, Queue, Snapshot
from waitroom.queue.merkle import CHUNK_ENTRANTS, ENTRANT_BYTES
from waitroom.queue.workers import Workers

LOOK_SECONDS = 1.0
TIDY_SECONDS = 60.0
LARGE_LIST = 8 * CHUNK_ENTRANTS

log = structlog.get_logger()


class EntrantKeeping:
    """The lists that this edge has at hand, by epoch."""

    def __init__(self, queue: Queue, boards: Boards, state_dir: Path) -> None:
        self._queue = queue
        self._boards = boards
        self._folder = state_dir / "rooms"
        self._workers = Workers()
        self._lists: dict[str, EntrantList] = {}
        self._put_back: set[str] = set()
        self._failed: set[str] = set()
        self._is_unwritable = False

    def find(self, epoch: str) -> EntrantList | None:
        """The list of a draw, if this edge has it at hand."""
        return self._lists.get(epoch)

    async def run(self) -> None:
        """Follow the rooms that this edge shows."""
        tidied = time.monotonic()
        try:
            while True:
                for snapshot in [board.snapshot for board in self._boards.all()]:
                    await self._look(snapshot)
                self._drop_gone()
                if time.monotonic() - tidied > TIDY_SECONDS:
                    tidied = time.monotonic()
                    await asyncio.to_thread(self._tidy, {board.snapshot.room for board in self._boards.all()})
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            self._workers.close()

    async def _look(self, snapshot: Snapshot) -> None:
        try:
            # From the pin on, while fans still move into the line: a loss then leaves the proof, too.
            if snapshot.draw.entrants and snapshot.draw.draw_key() is not None:
                if snapshot.epoch not in self._lists and snapshot.epoch not in self._failed:
                    await self._keep(snapshot)
                await self._restore(snapshot)
        except (QueueUnavailableError, StoreRefusedError):
            return
        except OSError as unwritable:
            self._failed.add(snapshot.epoch)
            if not self._is_unwritable:
                self._is_unwritable = True
                log.warning("the list of entrants cannot be kept here; it is read from the store", why=str(unwritable))
        except Exception:
            # Whatever it was, the other rooms' lists go on, and the store has this one.
            self._failed.add(snapshot.epoch)
            log.exception("a list of entrants was not kept", room=snapshot.room)

    async def _keep(self, snapshot: Snapshot) -> None:
        entrants, scores = self._paths(snapshot)
        is_large = (snapshot.draw.entrants or 0) > LARGE_LIST
        if not entrants.exists():
            await self._fetch(snapshot, entrants)
        roots = await self._workers.run(chunk_roots, entrants, is_large=is_large)
        if root_over(roots) != snapshot.draw.root:
            log.warning("a list of entrants does not lead to its root; it is removed", room=snapshot.room)
            entrants.unlink(missing_ok=True)
            return
        if not scores.exists() or scores.stat().st_size != (snapshot.draw.entrants or 0) * SCORE_BYTES:
            draw_key = snapshot.draw.draw_key()
            await self._workers.run(write_scores, entrants, scores, draw_key, is_large=is_large)
        self._lists[snapshot.epoch] = EntrantList.open(entrants, scores, roots)
        self._workers.rest()

    async def _fetch(self, snapshot: Snapshot, path: Path) -> None:
        count = snapshot.draw.entrants or 0
        with written_whole(path) as file:
            for index in range(-(-count // CHUNK_ENTRANTS)):
                file.write(await self._queue.packed_entrants(snapshot.room, index=index))
            if file.tell() != count * ENTRANT_BYTES:
                raise QueueUnavailableError("The store has lost a part of the list of entrants.")

    async def _restore(self, snapshot: Snapshot) -> None:
        # Once a recovery: the store has lost its list together with the rest.
        known = self._lists.get(snapshot.epoch)
        if not snapshot.is_recovering or known is None:
            self._put_back.discard(snapshot.epoch)
            return
        if snapshot.epoch in self._put_back:
            return
        for index, root in enumerate(known.roots):
            kept = await self._queue.restore_chunk(
                snapshot.room,
                epoch=snapshot.epoch,
                root=snapshot.draw.root or "",
                index=index,
                entrants=known.chunk(index),
                chunk_hash=root.hex(),
            )
            if isinstance(kept, OtherEpoch) or not kept:
                return
        self._put_back.add(snapshot.epoch)

    def _drop_gone(self) -> None:
        shown = {board.snapshot.epoch for board in self._boards.all()}
        for epoch in self._lists.keys() - shown:
            del self._lists[epoch]
        self._failed &= shown

    def _tidy(self, shown: set[str]) -> None:
        # A room that is neither shown nor kept for a recovery is gone; one with another epoch took this one's place.
        epochs = {board.snapshot.epoch for board in self._boards.all()}
        for path in [*self._folder.glob("*.entrants"), *self._folder.glob("*.scores")]:
            room, epoch = path.name.split(".")[:2]
            is_replaced = room in shown and epoch not in epochs
            is_gone = room not in shown and not (self._folder / f"{room}.json").exists()
            if is_replaced or is_gone:
                path.unlink(missing_ok=True)

    def _paths(self, snapshot: Snapshot) -> tuple[Path, Path]:
        name = f"{snapshot.room}.{snapshot.epoch}"
        return self._folder / f"{name}.entrants", self._folder / f"{name}.scores"
