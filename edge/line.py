"""Line: what a fan can do in a room, for the API and the pages alike.

Every "no" is a Problem. When the store is away, QueueUnavailableError: nothing is lost, the same call may be
repeated. A place that the snapshot tells needs no store at all.
"""

from contextlib import nullcontext
from functools import partial

from starlette.requests import Request

from edge.answers import ClaimAnswer, Joined, PlaceAnswer, place_from_standing, place_in_snapshot, poll_after
from edge.boards import Boards
from edge.outage import Outage
from edge.passes import Passes, pass_of
from edge.presale import Presale
from edge.returning import Returning
from edge.signers import Signers
from waitroom.clock import Clock, rfc3339
from waitroom.errors import QueueUnavailableError
from waitroom.metrics import EdgeMetrics
from waitroom.queue import (
    Active,
    Claimed,
    Closed,
    CodeRefused,
    Exhausted,
    JoinCoalescer,
    MovedAway,
    OtherEpoch,
    Over,
    Paused,
    Queue,
    Snapshot,
    Standing,
    State,
    Unknown,
    Waiting,
)
from waitroom.receipts import Receipt
from waitroom.settings import Settings
from waitroom.tokens import QueuePass
from waitroom.web.problems import Problem

ClaimOutcome = Claimed | Waiting | Paused | Closed | Over | Unknown | MovedAway | OtherEpoch

NO_CODE = nullcontext("")
MOST_LIVES = 8
"""So many fans in a row may follow from one key, each after the one whose turn is over or whose place has moved."""


class Line:
    """The fan's side of every room."""

    def __init__(  # noqa: PLR0913 - the composition root hands each part in once, by name
        self,
        queue: Queue,
        boards: Boards,
        joins: JoinCoalescer,
        returning: Returning,
        *,
        settings: Settings,
        signers: Signers,
        clock: Clock,
        metrics: EdgeMetrics,
        presale: Presale,
        outage: Outage,
        passes: Passes,
    ) -> None:
        self._queue = queue
        self._boards = boards
        self._joins = joins
        self._returning = returning
        self._settings = settings
        self._signers = signers
        self._clock = clock
        self._metrics = metrics
        self._presale = presale
        self._outage = outage
        self._passes = passes

    def snapshot(self, room: str) -> Snapshot:
        """Return the room as this edge last saw it."""
        return self._boards.get(room).snapshot

    async def join(
        self, request: Request, room: str, key: str | None, *, code: str | None = None, anew: bool = False
    ) -> Joined:
        """Give the fan a place, or the standing one to who holds a pass.

        Who holds the pass of a turn that is over is a new fan at the end of the line, and needs a code like one; so is,
        with `anew`, who holds one whose place has moved to another device. Raises Problem("pass-moved") without.
        """
        snapshot = self.snapshot(room)
        with self._presale.trying(request, snapshot, code) if code else NO_CODE as code_id:
            try:
                return await self._join(request, snapshot, key, code_id=code_id, anew=anew)
            except QueueUnavailableError as away:
                return self._join_without_store(request, snapshot, key, away, has_code=bool(code_id))

    async def _join(self, request: Request, snapshot: Snapshot, key: str | None, *, code_id: str, anew: bool) -> Joined:
        held = self._passes.held(request, snapshot)
        if held is None:
            return await self._join_as(snapshot, self._passes.fan_id(snapshot, key), key, code_id=code_id)
        standing = await self._returning.standing(snapshot, held)
        is_away = standing.state is State.MOVED
        if is_away and not anew:
            raise self._passes.moved_away()
        if is_away or standing.state.is_over:
            after = self._passes.fan_id(snapshot, key, after=held.fan_id)
            return await self._join_as(snapshot, after, key, code_id=code_id)
        told = {"tier": held.tier, "joined_at_ms": held.joined_at_ms, "moves": held.moves}
        return self._passes.joined(snapshot, standing, pass_of(snapshot, standing, **told))

    async def place(self, request: Request, room: str) -> PlaceAnswer:
        """Say where the fan stands: from the snapshot where it can, from the store otherwise."""
        snapshot = self.snapshot(room)
        held = self._passes.require(request, snapshot)
        if self._passes.is_away(snapshot, held):
            return place_from_standing(snapshot, Standing(fan_id=held.fan_id, state=State.MOVED))
        told = None if snapshot.is_recovering else place_in_snapshot(snapshot, held)
        if told is not None:
            return told
        try:
            standing = await self._returning.standing(snapshot, held)
        except QueueUnavailableError as away:
            standing = self._outage.standing(room, held, away)
        return place_from_standing(snapshot, standing)

    async def claim(self, request: Request, room: str) -> ClaimAnswer:
        """Take the turn."""
        snapshot = self.snapshot(room)
        held = self._passes.require_holding(request, snapshot)
        try:
            outcome = await self._claim(snapshot, held)
        except QueueUnavailableError as away:
            outcome = self._outage.claim(room, held, away)
        if isinstance(outcome, Claimed):
            waited_ms = max(0, outcome.admitted_at_ms - held.joined_at_ms)
            self._metrics.fan_claimed(room, waited_seconds=waited_ms / 1000)
            return ClaimAnswer(
                admission_token=self._signers.admit(room, held, outcome, rehearsal=snapshot.settings.rehearsal),
                enter_url=f"{self._settings.checkout_url}/enter",
                enter_at_ms=outcome.enter_at_ms,
                expires_at_ms=outcome.expires_at_ms,
            )
        self._metrics.claim_refused(room, outcome=type(outcome).__name__.lower())
        match outcome:
            case Waiting(ahead=ahead, poll_after_seconds=after):
                raise Problem("not-your-turn", ahead=ahead, poll_after=after)
            case Over(state=state):
                raise Problem("turn-over", reason=state.value)
            case Paused():
                raise Problem("room-paused")
            case Closed():
                raise Problem("room-closed")
            case Unknown():
                raise Problem("pass-required", detail="The room does not know this pass; join again.")
            case MovedAway():
                raise self._passes.moved_away()
            case OtherEpoch():
                raise Problem("other-epoch")

    async def more_time(self, request: Request, room: str) -> PlaceAnswer:
        """Give who has the turn more time to take it; says the place as it is then."""
        snapshot = self.snapshot(room)
        held = self._passes.require_holding(request, snapshot)
        outcome = await self._prolong(snapshot, held)
        if isinstance(outcome, Standing) and outcome.state is State.UNKNOWN:
            await self._returning.put_back(snapshot, held)
            outcome = await self._prolong(snapshot, held)
        match outcome:
            case MovedAway():
                raise self._passes.moved_away()
            case Exhausted():
                raise Problem("no-more-time")
            case OtherEpoch():
                raise Problem("other-epoch")
            case Standing(state=State.WAITING | State.LOBBY, ahead=ahead):
                raise Problem("not-your-turn", ahead=ahead, poll_after=poll_after(ahead or 0))
            case Standing(state=state) if state.is_over:
                raise Problem("turn-over", reason=state.value)
        self._metrics.fan_called(room, call="more-time")
        return place_from_standing(snapshot, outcome)

    async def _prolong(self, snapshot: Snapshot, held: QueuePass) -> Standing | Exhausted | MovedAway | OtherEpoch:
        return await self._queue.prolong(snapshot.room, epoch=held.epoch, fan_id=held.fan_id, moves=held.moves)

    async def _claim(self, snapshot: Snapshot, held: QueuePass) -> ClaimOutcome:
        claim = partial(self._queue.claim, epoch=held.epoch, fan_id=held.fan_id, moves=held.moves)
        outcome = await claim(snapshot.room)
        if not isinstance(outcome, Unknown):
            return outcome
        await self._returning.put_back(snapshot, held)
        return await claim(snapshot.room)

    async def leave(self, request: Request, room: str) -> None:
        """Give the place up; who is inside gives the slot back at the checkout."""
        held = self._passes.require_holding(request, self.snapshot(room))
        outcome = await self._queue.leave(room, epoch=held.epoch, fan_id=held.fan_id, moves=held.moves)
        if isinstance(outcome, MovedAway):
            raise self._passes.moved_away()
        if not isinstance(outcome, Active):
            self._metrics.fan_left(room)

    async def receipt(self, request: Request, room: str) -> Receipt:
        """Say that the fan is in the lobby, by the store's word, for the fan to keep."""
        snapshot = self.snapshot(room)
        held = self._passes.require_holding(request, snapshot)
        standing = await self._returning.standing(snapshot, held)
        if standing.state is State.MOVED:
            raise self._passes.moved_away()
        if standing.state is not State.LOBBY:
            raise Problem("not-in-lobby", state=standing.state.value)
        return Receipt(
            room=room,
            epoch=held.epoch,
            fan_id=held.fan_id,
            tier=held.tier if standing.tier is None else standing.tier,
            commitment=snapshot.draw.commitment,
            at_ms=self._clock.now_ms(),
        )

    async def _join_as(self, snapshot: Snapshot, fan_id: str, key: str | None, *, code_id: str = "") -> Joined:
        tier, room = snapshot.settings.newcomer_tier, snapshot.room
        for _ in range(MOST_LIVES):
            answer = await self._joins.join(room, epoch=snapshot.epoch, fan_id=fan_id, tier=tier, code_id=code_id)
            if not (isinstance(answer, Standing) and _is_behind(answer.state)):
                break
            # The key of a turn that is over, or of a place that has moved, without its pass: the next fan of the key.
            fan_id = self._passes.fan_id(snapshot, key, after=fan_id)
        match answer:
            case CodeRefused(why=why):
                raise self._presale.refusal(room, why)
            case Closed(opens_at_ms=None):
                raise Problem("room-closed")
            case Closed(opens_at_ms=int(opens_at_ms)):
                raise Problem("room-not-open", lobby_at=rfc3339(opens_at_ms))
            case Standing() as standing:
                self._metrics.fan_joined(snapshot.room, state=standing.state.value)
                tier = tier if standing.tier is None else standing.tier
                made = pass_of(snapshot, standing, tier=tier, joined_at_ms=self._clock.now_ms())
                return self._passes.joined(snapshot, standing, made, created=True)
        raise Problem("queue-unavailable", headers={"Retry-After": "1"})

    def _join_without_store(
        self,
        request: Request,
        snapshot: Snapshot,
        key: str | None,
        away: QueueUnavailableError,
        *,
        has_code: bool,
    ) -> Joined:
        held = self._passes.held(request, snapshot)
        is_new = held is None
        if held is not None and self._passes.is_away(snapshot, held):
            raise self._passes.moved_away()
        if held is None:
            fan_id = self._passes.fan_id(snapshot, key)
            held = self._outage.join(snapshot.room, fan_id, away, has_code=has_code)
        standing = self._outage.standing(snapshot.room, held, away)
        return self._passes.joined(snapshot, standing, held, created=is_new)


def _is_behind(state: State) -> bool:
    return state.is_over or state is State.MOVED
