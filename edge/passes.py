"""Passes: which one came with a request, whether it still holds, and new ones."""

from typing import Literal

from starlette.requests import Request

from edge.answers import Joined
from edge.cookies import read_pass
from edge.moved import Moved
from edge.signers import Signers
from waitroom.metrics import EdgeMetrics
from waitroom.queue import Held, Snapshot, Standing, State
from waitroom.queue.draw import fan_id_for, random_fan_id
from waitroom.queue.scores import TIER
from waitroom.settings import Settings
from waitroom.tokens import LOBBY, QueuePass, TokenError, bearer_credential
from waitroom.web.problems import Problem

CARRIES_A_PASS = frozenset({b"authorization", b"cookie"})
"""Most who join have neither header: reading them would cost a tenth of the join."""


class Passes:
    """Reads and makes passes."""

    def __init__(self, settings: Settings, signers: Signers, metrics: EdgeMetrics, moved: Moved) -> None:
        self._settings = settings
        self._signers = signers
        self._metrics = metrics
        self._moved = moved

    def held(self, request: Request, snapshot: Snapshot) -> QueuePass | None:
        """The pass that came along, None without a genuine one; raises Problem("other-epoch")."""
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

    def require(self, request: Request, snapshot: Snapshot) -> QueuePass:
        """The pass that came along; raises Problem("pass-required")."""
        held = self.held(request, snapshot)
        if held is None:
            raise Problem("pass-required")
        return held

    def require_holding(self, request: Request, snapshot: Snapshot) -> QueuePass:
        """The pass that came along and, as far as is known here, has its place; raises Problem("pass-moved") too."""
        held = self.require(request, snapshot)
        if self.is_away(snapshot, held):
            raise self.moved_away()
        return held

    def is_away(self, snapshot: Snapshot, held: QueuePass) -> bool:
        """Whether another device has this pass's place, as far as this edge knows."""
        return self._moved.is_away(snapshot.room, held)

    def moved_away(self) -> Problem:
        """Count that a pass holds no more, since its place has moved, and say so."""
        self._metrics.pass_refused(reason="moved")
        return Problem("pass-moved")

    def fan_id(self, snapshot: Snapshot, idempotency_key: str | None, *, after: str = "") -> str:
        """The fan of a key, or the next one `after` a fan; a random one without a key."""
        if idempotency_key is None:
            return random_fan_id()
        secret = self.room_secret(snapshot)
        return fan_id_for(idempotency_key, secret=secret, epoch=snapshot.epoch, after=after)

    def room_secret(self, snapshot: Snapshot) -> bytes:
        """The room's key of the ring; raises Problem("queue-unavailable") where this edge lacks it."""
        key = self._signers.keys.current().find(snapshot.seed_key_id)
        if key is None:
            # Another edge, with the whole ring, can answer; this one says so at /readyz.
            raise Problem("queue-unavailable", headers={"Retry-After": "1"})
        return key.secret

    def joined(self, snapshot: Snapshot, standing: Standing, queue_pass: QueuePass, *, created: bool = False) -> Joined:
        """Sign a pass and say how its fan stands."""
        text = self._signers.passes.sign(queue_pass)
        return Joined(snapshot=snapshot, standing=standing, queue_pass=queue_pass, pass_text=text, created=created)


def pass_of(snapshot: Snapshot, standing: Standing, *, tier: int, joined_at_ms: int, moves: int = 0) -> QueuePass:
    """The pass of a fan as the store has just told of it."""
    score = signed_score(standing, tier=tier)
    return QueuePass(
        epoch=snapshot.epoch,
        fan_id=standing.fan_id,
        score=score,
        tier=tier,
        joined_at_ms=joined_at_ms,
        moves=moves,
    )


def signed_score(standing: Standing, *, tier: int) -> int | Literal["lobby"]:
    """What a pass says of a place."""
    # Cases: in the lobby, to be drawn; in the line; past the line, so before everybody in it.
    if standing.state is State.LOBBY:
        return LOBBY
    return tier * TIER if standing.score is None else standing.score


def held_by(queue_pass: QueuePass) -> Held:
    """What the store keeps of a pass beside a code."""
    return Held(
        fan_id=queue_pass.fan_id,
        tier=queue_pass.tier,
        score=None if queue_pass.score == LOBBY else queue_pass.score,
        joined_at_ms=queue_pass.joined_at_ms,
    )
