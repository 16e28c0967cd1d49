"""Networks: from where the joins come that this edge took, counted in memory and added to the room now and then.

No address is kept whole, and a poll costs nothing: only joins are counted.
"""

import asyncio
from collections import Counter, defaultdict
from itertools import islice

import structlog
from starlette.requests import Request

from edge.answers import Joined
from waitroom.errors import QueueUnavailableError, RoomMissingError, StoreRefusedError
from waitroom.queue import Queue
from waitroom.queue.room_store import MOST_NETWORKS
from waitroom.settings import Settings
from waitroom.web.networks import wide_network

EVERY_SECONDS = 5.0
MOST_TOLD_APART = 20_000
"""Of one room between two times; further ones are `other`."""
OTHER = "other"

log = structlog.get_logger()


class Networks:
    """Counts joins by network for as long as it runs."""

    def __init__(self, queue: Queue, settings: Settings) -> None:
        self._queue = queue
        self._trusted = settings.trusted_proxies
        self._counted = _nothing()

    def note(self, request: Request, joined: Joined) -> None:
        """Count the join of a new fan; a repeated call of one counts again."""
        if not joined.created:
            return
        counts = self._counted[joined.snapshot.room, joined.snapshot.epoch]
        network = wide_network(request, self._trusted)
        is_known = network in counts or len(counts) < MOST_TOLD_APART
        counts[network if is_known else OTHER] += 1

    async def run(self) -> None:
        """Add what was counted to the rooms, again and again."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Add what was counted to the rooms; what the store does not take is let go, so that nothing counts twice."""
        counted, self._counted = self._counted, _nothing()
        for (room, epoch), counts in counted.items():
            try:
                await self._add(room, epoch, counts)
            except (QueueUnavailableError, StoreRefusedError, RoomMissingError) as refused:
                log.warning("joins by network are lost", room=room, joins=counts.total(), reason=str(refused))

    async def _add(self, room: str, epoch: str, counts: Counter[str]) -> None:
        left = iter(counts.items())
        while batch := dict(islice(left, MOST_NETWORKS)):
            await self._queue.networks(room, epoch=epoch, joins=batch)


def _nothing() -> defaultdict[tuple[str, str], Counter[str]]:
    return defaultdict(Counter)
