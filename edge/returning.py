"""Returning: a fan whom the room has forgotten is put back where the pass says."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from waitroom.errors import RoomMissingError
from waitroom.queue import OtherEpoch, Queue, RestoreCoalescer, Snapshot, Standing, State
from waitroom.queue.recovery import score_to_restore
from waitroom.tokens import QueuePass
from waitroom.web.problems import Problem, problem_response

PUT_BACK_SECONDS = 1
"""How long a room that the store has just lost is away."""

IsEntrant = Callable[[Snapshot, QueuePass], Awaitable[bool | None]]
"""Whether the drawn list holds the fan; None where this edge cannot tell."""


async def nobody_can_tell(_snapshot: Snapshot, _held: QueuePass) -> None:
    """The answer of an edge that keeps no list of entrants."""


class Returning:
    """Puts fans back, many in one call."""

    def __init__(self, queue: Queue, restores: RestoreCoalescer, *, is_entrant: IsEntrant = nobody_can_tell) -> None:
        self._queue = queue
        self._restores = restores
        self._is_entrant = is_entrant

    async def standing(self, snapshot: Snapshot, held: QueuePass) -> Standing:
        """Ask how it stands with the holder of a pass; one whom the room has forgotten is put back first.

        The state is `moved` where another device has the place. Raises Problem("other-epoch") like `put_back`.
        """
        if snapshot.is_recovering and not held.moves:
            # Nearly everybody, and all at once: no second command each.
            return await self.put_back(snapshot, held)
        standing = await self._queue.standing(snapshot.room, epoch=held.epoch, fan_id=held.fan_id, moves=held.moves)
        if isinstance(standing, OtherEpoch):
            raise Problem("other-epoch")
        return await self.put_back(snapshot, held) if standing.state is State.UNKNOWN else standing

    async def put_back(self, snapshot: Snapshot, held: QueuePass) -> Standing:
        """Put the fan of this pass back unless the room knows it; says how it stands either way.

        Raises Problem("other-epoch") when the room is another by now.
        """
        draw_key = snapshot.draw.draw_key()
        is_entrant = None if draw_key is None else await self._is_entrant(snapshot, held)
        answer = await self._restores.restore(
            snapshot.room,
            epoch=held.epoch,
            fan_id=held.fan_id,
            tier=held.tier,
            score=score_to_restore(held, draw_key=draw_key, is_entrant=is_entrant),
        )
        if isinstance(answer, OtherEpoch):
            raise Problem("other-epoch")
        return answer


async def on_lost_room(request: Request, error: Exception) -> Response:
    """Answer while the store does not know a room that this edge shows: it is being put back, or was just deleted."""
    assert isinstance(error, RoomMissingError)
    request.app.state.advancing.wake(error.room)
    headers = {"Retry-After": str(PUT_BACK_SECONDS)}
    return problem_response(Problem("queue-unavailable", headers=headers, retry_after=PUT_BACK_SECONDS))
