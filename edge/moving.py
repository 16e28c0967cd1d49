"""Moving: a fan's place goes to another device, and the pass of the old one holds no more; support codes.

When the store is away, QueueUnavailableError: nothing has moved, or the same call with the same key says so again.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request

from edge.answers import Joined
from edge.boards import Boards
from edge.moved import Moved
from edge.passes import Passes, held_by
from edge.returning import Returning
from waitroom.clock import rfc3339
from waitroom.metrics import EdgeMetrics
from waitroom.queue import Exhausted, MovedAway, Offered, OtherEpoch, Over, Queue, Snapshot, TakenOver, Unknown
from waitroom.settings import Settings
from waitroom.short_codes import Purpose, new_short_code, short_code_id
from waitroom.tokens import LOBBY, QueuePass, encode_base64url
from waitroom.web.guesses import Guesses, TooManyGuessesError
from waitroom.web.networks import client_network
from waitroom.web.problems import Problem

REFUSED = "move-code-refused"
Outcome = Offered | Exhausted | MovedAway | Over | Unknown | OtherEpoch


@dataclass(frozen=True, kw_only=True)
class CodeAnswer:
    """A code for a fan to type elsewhere, or to read out."""

    code: str
    ends_at_ms: int

    def to_json(self) -> dict[str, str]:
        """The document of `POST /v1/rooms/{room}/move` and `/support`."""
        return {"code": self.code, "expires_at": rfc3339(self.ends_at_ms)}


class Moving:
    """Offers places, takes them over, and gives support codes."""

    def __init__(
        self,
        queue: Queue,
        boards: Boards,
        returning: Returning,
        passes: Passes,
        moved: Moved,
        *,
        guesses: Guesses,
        settings: Settings,
        metrics: EdgeMetrics,
    ) -> None:
        self._queue = queue
        self._boards = boards
        self._returning = returning
        self._passes = passes
        self._moved = moved
        self._guesses = guesses
        self._settings = settings
        self._metrics = metrics

    async def move(self, request: Request, room: str) -> CodeAnswer:
        """Make a code by which another device takes the place over."""
        return await self._make_code(request, room, Purpose.MOVE, self._queue.move)

    async def support(self, request: Request, room: str) -> CodeAnswer:
        """Make a code by which the organizer's desk finds the fan."""
        return await self._make_code(request, room, Purpose.SUPPORT, self._queue.support)

    async def take_over(self, request: Request, room: str, typed: str, idempotency_key: str | None) -> Joined:
        """Give this device the place of a code, with a new pass.

        Raises Problem("move-code-refused") for every code that opens nothing now, and counts it against the client's
        network; Problem("too-many-guesses") for a network that has guessed too often.
        """
        snapshot = self._boards.get(room).snapshot
        with self._guessing(request, room):
            secret = self._passes.room_secret(snapshot)
            code_id = short_code_id(typed, Purpose.MOVE, secret=secret, epoch=snapshot.epoch)
            by = "" if idempotency_key is None else _mark(idempotency_key)
            taken = (
                None
                if code_id is None
                else await self._queue.take_over(room, code_id=code_id, by=by, epoch=snapshot.epoch)
            )
            if isinstance(taken, OtherEpoch):
                raise Problem("other-epoch")
            if not isinstance(taken, TakenOver):
                raise Problem(REFUSED)
        self._moved.note(room, taken.held.fan_id, taken.moves)
        self._metrics.fan_called(room, call="taken")
        return await self._joined(snapshot, taken)

    async def _joined(self, snapshot: Snapshot, taken: TakenOver) -> Joined:
        held = QueuePass(
            epoch=snapshot.epoch,
            fan_id=taken.held.fan_id,
            score=LOBBY if taken.held.score is None else taken.held.score,
            tier=taken.held.tier,
            joined_at_ms=taken.held.joined_at_ms,
            moves=taken.moves,
        )
        # A fan whom the room has forgotten is put back by the new pass as by any other.
        is_lost = taken.standing.state.value == "unknown"
        standing = await self._returning.put_back(snapshot, held) if is_lost else taken.standing
        return self._passes.joined(snapshot, standing, held)

    async def _make_code(
        self, request: Request, room: str, purpose: Purpose, keep: Callable[..., Awaitable[Outcome]]
    ) -> CodeAnswer:
        snapshot = self._boards.get(room).snapshot
        held = self._passes.require_holding(request, snapshot)
        code = new_short_code(purpose)
        code_id = short_code_id(code, purpose, secret=self._passes.room_secret(snapshot), epoch=snapshot.epoch)
        kept = partial(keep, room, held=held_by(held), moves=held.moves, code_id=code_id, epoch=held.epoch)
        outcome = await kept()
        if isinstance(outcome, Unknown):
            await self._returning.put_back(snapshot, held)
            outcome = await kept()
        answer = self._told(outcome, code)
        self._metrics.fan_called(room, call=purpose.value)
        return answer

    def _told(self, outcome: Outcome, code: str) -> CodeAnswer:
        match outcome:
            case Offered(ends_at_ms=ends_at_ms):
                return CodeAnswer(code=code, ends_at_ms=ends_at_ms)
            case MovedAway():
                raise self._passes.moved_away()
            case Exhausted():
                raise Problem("no-more-moves")
            case Over(state=state):
                raise Problem("turn-over", reason=state.value)
            case Unknown():
                raise Problem("pass-required", detail="The room does not know this pass; join again.")
            case OtherEpoch():
                raise Problem("other-epoch")

    @contextmanager
    def _guessing(self, request: Request, room: str) -> Iterator[None]:
        network = client_network(request, self._settings.trusted_proxies)
        try:
            with self._guesses.trying(network) as note_wrong:
                try:
                    yield
                except Problem as problem:
                    if problem.name == REFUSED:
                        note_wrong()
                        self._metrics.fan_called(room, call="refused")
                    raise
        except TooManyGuessesError as slowed:
            self._metrics.fan_called(room, call="slowed")
            raise Problem("too-many-guesses", headers={"Retry-After": str(slowed.retry_after)}) from None


def _mark(idempotency_key: str) -> str:
    # Hashed: the store keeps nothing that a fan's browser takes for a secret.
    return encode_base64url(hashlib.sha256(f"waitroom.move\0{idempotency_key}".encode()).digest()[:16])
