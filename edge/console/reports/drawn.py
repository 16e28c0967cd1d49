"""A room's draw verified here: from the store's own list, by the code that `waitroom draw verify` runs."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from edge.console.rooms import look_at
from waitroom.queue import Queue, Snapshot
from waitroom.queue.checks import Failed
from waitroom.queue.proof import chunks_of, proof_lines
from waitroom.queue.verification import Verified, verify
from waitroom.web.answers import private_json
from waitroom.web.problems import Problem

MOST_ENTRANTS = 1_000_000
"""Some fifty megabytes while it runs; larger draws are verified by the command."""


class DrawChecks:
    """Verifies one draw at a time, beside the loop."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._turn = asyncio.Lock()

    async def check(self, snapshot: Snapshot) -> Verified | Failed:
        """Read the whole list and make every check; raises QueueUnavailableError when a part of it cannot be had."""
        async with self._turn:
            text = bytearray()
            async for part in proof_lines(snapshot, chunks_of(self._queue, snapshot.room)):
                text += part
            return await asyncio.to_thread(_verify, bytes(text), snapshot.draw.commitment)


async def verify_draw(request: Request) -> Response:
    """Verify the room's draw, or say why it cannot be verified here."""
    snapshot = await look_at(request)
    if not snapshot.is_drawn or snapshot.draw.seed is None:
        raise Problem("not-yet")
    if (snapshot.draw.entrants or 0) > MOST_ENTRANTS:
        raise Problem("draw-too-large")
    checks: DrawChecks = request.app.state.draw_checks
    outcome = await checks.check(snapshot)
    failed = outcome if isinstance(outcome, Failed) else None
    return private_json(
        {
            "holds": failed is None,
            "entrants": snapshot.draw.entrants,
            "failed_check": None if failed is None else failed.check.value,
            "detail": None if failed is None else failed.detail,
        }
    )


def _verify(text: bytes, commitment: str) -> Verified | Failed:
    return verify(text.decode().splitlines(), expected_commitment=commitment)
