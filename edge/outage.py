"""Outage: what each room does while its store is away; the one place that lets fans in without it, and counts them.

`keep` lets nobody in. `open_limited` goes on with the line as it was last seen, in its order: for ten minutes this edge
lets in a tenth of the room's rate, and a tenth of its ceiling in all; so ten edges keep the rate, more exceed it, fewer
stay below. `open` lets everybody in who asks. Nothing opens before the store has been away for five seconds, and in
each policy a room that is closed, paused, sold out, recovering or not yet released lets nobody in.

The fan's one token id is the same as ever: the checkout's unique row on (epoch, fan) admits each fan once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import structlog

from edge.answers import place_in_snapshot
from edge.boards import Boards
from edge.opening import PATIENCE_SECONDS, Share, Shut, arrival_pass, line_without_store, seconds_open, why_shut
from waitroom.clock import Clock
from waitroom.errors import QueueUnavailableError
from waitroom.metrics import EdgeMetrics
from waitroom.queue import Claimed, Snapshot, Standing, State
from waitroom.rooms import CodePolicy, OutagePolicy
from waitroom.tokens import QueuePass
from waitroom.web.problems import Problem

MOST_REMEMBERED = 200_000
"""Fans of a room whose moment of entry is told again; the next ones get a new moment each time, and the same id."""

log = structlog.get_logger()


@dataclass(kw_only=True)
class _Away:
    """One room whose store is away since a moment of the monotonic clock, as it was last seen, and whom it let in."""

    since: float
    seen: Snapshot
    share: Share
    is_told: bool = False
    let_in: dict[str, Claimed] = field(default_factory=dict)
    claimed: set[str] = field(default_factory=set)


class Outage:
    """The rooms whose store is away, as this edge knows it.

    Every method that lets somebody in raises the QueueUnavailableError that it was called with where the room keeps
    everybody waiting, and a Problem where the room itself says no.
    """

    def __init__(
        self, boards: Boards, *, clock: Clock, metrics: EdgeMetrics, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._boards = boards
        self._clock = clock
        self._metrics = metrics
        self._rooms: dict[str, _Away] = {}
        self.monotonic = monotonic

    def lost(self, room: str) -> None:
        """Note that the store does not answer for a room, and take those who may go in off the line that is shown."""
        away = self._rooms.get(room) or self._note(room)
        if away is None:
            return
        away_seconds = self.monotonic() - away.since
        if away_seconds >= PATIENCE_SECONDS and not away.is_told:
            away.is_told = True
            log.warning("the store is away", room=room, policy=away.seen.settings.outage_policy.value)
        seconds = self._seconds_open(away)
        shown = away.seen
        if seconds is not None:
            # Moments of entry are told by this edge's clock.
            shown = replace(line_without_store(shown, seconds), now_ms=max(shown.now_ms, self._clock.now_ms()))
        self._boards.stand_in(shown)

    def back(self, room: str) -> None:
        """Note that the store answers again, or that the room is gone."""
        away = self._rooms.pop(room, None)
        if away is not None and away.is_told:
            seconds = round(self.monotonic() - away.since, 1)
            log.warning("the store is back", room=room, away_seconds=seconds, let_in=len(away.let_in))

    def is_away(self, room: str) -> bool:
        """Whether the room's store did not answer when it was last asked."""
        return room in self._rooms

    def is_letting_in(self) -> bool:
        """Whether any room lets fans in without its store."""
        return any(self._seconds_open(away) is not None for away in self._rooms.values())

    def standing(self, room: str, held: QueuePass, unavailable: QueueUnavailableError) -> Standing:
        """Say that a fan who stands in the line no more has the turn, or has taken it on this edge."""
        away = self._opened(room, unavailable)
        if self._is_in_line(room, held) or why_shut(away.seen, self._clock.now_ms()):
            raise unavailable
        state = State.ACTIVE if held.fan_id in away.claimed else State.ADMITTED
        return Standing(fan_id=held.fan_id, state=state, tier=held.tier, ahead=0)

    def join(self, room: str, fan_id: str, unavailable: QueueUnavailableError, *, has_code: bool) -> QueuePass:
        """Let a newcomer in, where nobody waits who came before.

        A code cannot be looked up: a room that requires one takes nobody.
        """
        away = self._opened(room, unavailable)
        shut = why_shut(away.seen, self._clock.now_ms())
        if shut is not None:
            # A paused room takes newcomers into its line, which is away.
            raise Problem("room-closed") if shut is Shut.CLOSED else unavailable
        if away.seen.settings.codes is CodePolicy.REQUIRED:
            raise unavailable if has_code else Problem("code-required")
        held = arrival_pass(away.seen, fan_id, now_ms=self._clock.now_ms())
        self._let_in(away, held, unavailable)
        return held

    def claim(self, room: str, held: QueuePass, unavailable: QueueUnavailableError) -> Claimed:
        """Let a fan in now; a repeated claim is answered alike and counts once."""
        away = self._opened(room, unavailable)
        match why_shut(away.seen, self._clock.now_ms()):
            case Shut.CLOSED:
                raise Problem("room-closed")
            case Shut.PAUSED:
                raise Problem("room-paused")
            case Shut.NOT_OPEN:
                raise unavailable
        claimed = self._let_in(away, held, unavailable)
        if held.fan_id in away.let_in:
            away.claimed.add(held.fan_id)
        return claimed

    def _note(self, room: str) -> _Away | None:
        board = self._boards.find(room)
        if board is None:
            return None
        seen = board.snapshot
        now = self.monotonic()
        share = Share.of(seen, starts_at=now + PATIENCE_SECONDS)
        return self._rooms.setdefault(room, _Away(since=now, seen=seen, share=share))

    def _seconds_open(self, away: _Away) -> float | None:
        return seconds_open(away.seen, self.monotonic() - away.since)

    def _opened(self, room: str, unavailable: QueueUnavailableError) -> _Away:
        away = self._rooms.get(room)
        if away is None or self._seconds_open(away) is None:
            raise unavailable
        return away

    def _is_in_line(self, room: str, held: QueuePass) -> bool:
        return place_in_snapshot(self._boards.get(room).snapshot, held) is not None

    def _let_in(self, away: _Away, held: QueuePass, unavailable: QueueUnavailableError) -> Claimed:
        if held.fan_id in away.let_in:
            return away.let_in[held.fan_id]
        if self._is_in_line(away.seen.room, held):
            raise unavailable
        policy, now_ms = away.seen.settings.outage_policy, self._clock.now_ms()
        if policy is OutagePolicy.OPEN_LIMITED:
            wait = away.share.take(self.monotonic())
            if wait is not None:
                raise QueueUnavailableError("No more fans may go in without the store for now.", retry_after=wait)
        expires_ms = now_ms + round(away.seen.settings.claim_minutes * 60_000)
        # Not later than the room that is shown: a page would count down to a moment that is now.
        enter_at_ms = min(now_ms, self._boards.get(away.seen.room).snapshot.now_ms)
        claimed = Claimed(enter_at_ms=enter_at_ms, expires_at_ms=expires_ms, admitted_at_ms=now_ms)
        if len(away.let_in) < MOST_REMEMBERED:
            away.let_in[held.fan_id] = claimed
        self._metrics.fan_let_in_without_store(away.seen.room, policy=policy.value)
        return claimed
