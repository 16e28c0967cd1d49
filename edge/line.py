"""Line: what a fan can do in a room, for the API and the pages alike.

Every "no" is a Problem. When the store is away, QueueUnavailableError: nothing is lost, the same call may be
repeated. A place that the snapshot tells needs no store at all.
"""

from contextlib import nullcontext
from typing import Literal

from starlette.requests import Request

from edge.answers import ClaimAnswer, Joined, PlaceAnswer, place_from_standing, place_in_snapshot
from edge.boards import Boards
from edge.cookies import read_pass
from edge.outage import Outage
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
    JoinCoalescer,
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
from waitroom.queue.draw import fan_id_for, random_fan_id
from waitroom.queue.scores import TIER
from waitroom.receipts import Receipt
from waitroom.settings import Settings
from waitroom.tokens import LOBBY, QueuePass, TokenError, bearer_credential
from waitroom.web.problems import Problem

ClaimOutcome = Claimed | Waiting | Paused | Closed | Over | Unknown | OtherEpoch

NO_CODE = nullcontext("")
CARRIES_A_PASS = frozenset({b"authorization", b"cookie"})
"""Most who join have neither header: reading them would cost a tenth of the join."""


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

    def snapshot(self, room: str) -> Snapshot:
        """Return the room as this edge last saw it."""
        return self._boards.get(room).snapshot

    async def join(
        self, request: Request, room: str, idempotency_key: str | None, *, code: str | None = None
    ) -> Joined:
        """Give the fan a place, or the standing one to who holds a pass.

        Who holds the pass of a turn that is over is a new fan at the end of the line, and needs a code like one.
        """
        snapshot = self.snapshot(room)
        with self._presale.trying(request, snapshot, code) if code else NO_CODE as code_id:
            try:
                return await self._join(request, snapshot, idempotency_key, code_id=code_id)
            except QueueUnavailableError as away:
                return self._join_without_store(request, snapshot, idempotency_key, away, has_code=bool(code_id))

    async def _join(self, request: Request, snapshot: Snapshot, idempotency_key: str | None, *, code_id: str) -> Joined:
        held = self._held_pass(request, snapshot)
        if held is None:
            fan_id = self._fan_id(snapshot, idempotency_key)
            return await self._join_as(snapshot, fan_id, idempotency_key, code_id=code_id)
        standing = await self._standing(snapshot, held)
        if standing.state.is_over:
            after = self._fan_id(snapshot, idempotency_key, after=held.fan_id)
            return await self._join_as(snapshot, after, idempotency_key, code_id=code_id)
        return self._joined(snapshot, standing, tier=held.tier, joined_at_ms=held.joined_at_ms)

    async def place(self, request: Request, room: str) -> PlaceAnswer:
        """Say where the fan stands: from the snapshot where it can, from the store otherwise."""
        snapshot = self.snapshot(room)
        held = self._require_pass(request, snapshot)
        told = None if snapshot.is_recovering else place_in_snapshot(snapshot, held)
        if told is not None:
            return told
        try:
            standing = await self._standing(snapshot, held)
        except QueueUnavailableError as away:
            standing = self._outage.standing(room, held, away)
        return place_from_standing(snapshot, standing)

    async def claim(self, request: Request, room: str) -> ClaimAnswer:
        """Take the turn."""
        snapshot = self.snapshot(room)
        held = self._require_pass(request, snapshot)
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
            case OtherEpoch():
                raise Problem("other-epoch")

    async def _claim(self, snapshot: Snapshot, held: QueuePass) -> ClaimOutcome:
        outcome = await self._queue.claim(snapshot.room, epoch=held.epoch, fan_id=held.fan_id)
        if not isinstance(outcome, Unknown):
            return outcome
        await self._returning.put_back(snapshot, held)
        return await self._queue.claim(snapshot.room, epoch=held.epoch, fan_id=held.fan_id)

    async def leave(self, request: Request, room: str) -> None:
        """Give the place up; who is inside gives the slot back at the checkout."""
        held = self._require_pass(request, self.snapshot(room))
        outcome = await self._queue.leave(room, epoch=held.epoch, fan_id=held.fan_id)
        if not isinstance(outcome, Active):
            self._metrics.fan_left(room)

    async def receipt(self, request: Request, room: str) -> Receipt:
        """Say that the fan is in the lobby, by the store's word, for the fan to keep."""
        snapshot = self.snapshot(room)
        held = self._require_pass(request, snapshot)
        standing = await self._standing(snapshot, held)
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

    async def _standing(self, snapshot: Snapshot, held: QueuePass) -> Standing:
        """Ask how it stands with a fan; one whom the room has forgotten is put back first."""
        if snapshot.is_recovering:
            return await self._returning.put_back(snapshot, held)
        standing = await self._queue.standing(snapshot.room, epoch=held.epoch, fan_id=held.fan_id)
        if isinstance(standing, OtherEpoch):
            raise Problem("other-epoch")
        return await self._returning.put_back(snapshot, held) if standing.state is State.UNKNOWN else standing

    async def _join_as(
        self,
        snapshot: Snapshot,
        fan_id: str,
        idempotency_key: str | None,
        *,
        tier: int | None = None,
        code_id: str = "",
    ) -> Joined:
        tier = snapshot.settings.newcomer_tier if tier is None else tier
        room, epoch = snapshot.room, snapshot.epoch
        answer = await self._joins.join(room, epoch=epoch, fan_id=fan_id, tier=tier, code_id=code_id)
        if isinstance(answer, Standing) and answer.state.is_over:
            # The key of a turn that is over, without its pass: the next fan that follows from the key.
            fan_id = self._fan_id(snapshot, idempotency_key, after=fan_id)
            answer = await self._joins.join(room, epoch=epoch, fan_id=fan_id, tier=tier, code_id=code_id)
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
                return self._joined(snapshot, standing, tier=tier, joined_at_ms=self._clock.now_ms(), created=True)
        raise Problem("queue-unavailable", headers={"Retry-After": "1"})

    def _join_without_store(
        self,
        request: Request,
        snapshot: Snapshot,
        idempotency_key: str | None,
        away: QueueUnavailableError,
        *,
        has_code: bool,
    ) -> Joined:
        held = self._held_pass(request, snapshot)
        is_new = held is None
        if held is None:
            fan_id = self._fan_id(snapshot, idempotency_key)
            held = self._outage.join(snapshot.room, fan_id, away, has_code=has_code)
        standing = self._outage.standing(snapshot.room, held, away)
        pass_text = self._signers.passes.sign(held)
        return Joined(snapshot=snapshot, standing=standing, queue_pass=held, pass_text=pass_text, created=is_new)

    def _joined(
        self, snapshot: Snapshot, standing: Standing, *, tier: int, joined_at_ms: int, created: bool = False
    ) -> Joined:
        queue_pass = QueuePass(
            epoch=snapshot.epoch,
            fan_id=standing.fan_id,
            score=_signed_score(standing, tier=tier),
            tier=tier,
            joined_at_ms=joined_at_ms,
        )
        return Joined(
            snapshot=snapshot,
            standing=standing,
            queue_pass=queue_pass,
            pass_text=self._signers.passes.sign(queue_pass),
            created=created,
        )

    def _fan_id(self, snapshot: Snapshot, idempotency_key: str | None, *, after: str = "") -> str:
        if idempotency_key is None:
            return random_fan_id()
        key = self._signers.keys.current().find(snapshot.seed_key_id)
        if key is None:
            # Another edge, with the whole ring, can answer; this one says so at /readyz.
            raise Problem("queue-unavailable", headers={"Retry-After": "1"})
        return fan_id_for(idempotency_key, secret=key.secret, epoch=snapshot.epoch, after=after)

    def _held_pass(self, request: Request, snapshot: Snapshot) -> QueuePass | None:
        if CARRIES_A_PASS.isdisjoint(name for name, _ in request.scope["headers"]):
            return None
        text = bearer_credential(request) or read_pass(request, snapshot.room, self._settings)
        if text is None:
            return None
        try:
            held = self._signers.passes.read(text)
        except TokenError as refused:
            self._metrics.pass_refused(reason=refused.reason)
            return None
        if held.epoch != snapshot.epoch:
            self._metrics.pass_refused(reason="other-epoch")
            raise Problem("other-epoch")
        return held

    def _require_pass(self, request: Request, snapshot: Snapshot) -> QueuePass:
        held = self._held_pass(request, snapshot)
        if held is None:
            raise Problem("pass-required")
        return held


def _signed_score(standing: Standing, *, tier: int) -> int | Literal["lobby"]:
    # Cases: in the lobby, to be drawn; in the line; past the line, so before everybody in it.
    if standing.state is State.LOBBY:
        return LOBBY
    return tier * TIER if standing.score is None else standing.score
