"""All that passes between checkout and room: enter, extend, finish, health.

When the room does not answer, or a script of it is broken, the fans inside are served on: only `enter` tells its
caller.
"""

from collections.abc import Awaitable
from typing import TypeVar

import structlog

from waitroom.errors import QueueUnavailableError, RoomMissingError, StoreRefusedError
from waitroom.metrics import CheckoutMetrics
from waitroom.queue import Entered, HealthReport, OtherEpoch, Over, Queue, Spent, TooEarly, Unknown

log = structlog.get_logger()
R = TypeVar("R")


class RoomClient:
    """The room, as far as a checkout may know it."""

    def __init__(self, queue: Queue, *, metrics: CheckoutMetrics) -> None:
        self._queue = queue
        self._metrics = metrics

    async def enter(
        self, room: str, *, epoch: str, fan_id: str, session: str
    ) -> Entered | TooEarly | Spent | Over | Unknown | OtherEpoch:
        """Spend the fan's token for this session; Unknown when the room is away or was lost."""
        entering = self._queue.enter(room, epoch=epoch, fan_id=fan_id, session=session)
        return await self._ask("enter", entering) or Unknown()

    async def extend(self, room: str, *, epoch: str, fan_id: str, seconds: float) -> None:
        """Keep the fan's slot for so many seconds from now; left out when the room is away.

        So it is when the room has forgotten the fan: only `enter`, which names the session, puts a fan back.
        """
        await self._ask("extend", self._queue.extend(room, epoch=epoch, fan_id=fan_id, seconds=seconds))

    async def finish(self, room: str, *, epoch: str, fan_id: str) -> None:
        """Give the fan's slot back; when the room is away, the slot ends by its own time."""
        await self._ask("finish", self._queue.finish(room, epoch=epoch, fan_id=fan_id))

    async def remind(self, room: str, *, epoch: str, fan_id: str, session: str | None) -> bool:
        """Tell the room again of a fan who is inside with a session, or (None) whose business is done.

        Answers False when the room is away: then it is to be told once more.
        """
        if session is None:
            return await self._ask("finish", self._queue.finish(room, epoch=epoch, fan_id=fan_id)) is not None
        entering = self._queue.enter(room, epoch=epoch, fan_id=fan_id, session=session)
        return await self._ask("enter", entering) is not None

    async def health(self, room: str, report: HealthReport) -> int | None:
        """Tell the room how the checkout is; left out when the room is away.

        Answers until when (ms) the room recovers from a loss, None when it does not.
        """
        until_ms = await self._ask("health", self._queue.health(room, report=report))
        return until_ms if isinstance(until_ms, int) else None

    async def _ask(self, verb: str, call: Awaitable[R]) -> R | None:
        try:
            return await call
        except RoomMissingError:
            return None
        except StoreRefusedError:
            self._metrics.room_call_failed(verb)
            log.exception("the room is broken; fans inside are served on", verb=verb)
            return None
        except QueueUnavailableError:
            self._metrics.room_call_failed(verb)
            log.warning("the room did not answer; fans inside are served on", verb=verb)
            return None
