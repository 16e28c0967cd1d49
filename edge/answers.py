"""What the edge answers about one fan: values that know their JSON (http.md, field by field)."""

from dataclasses import dataclass
from typing import Any

from waitroom.chance import Chance, chance_of
from waitroom.clock import rfc3339
from waitroom.forecast import wait_range
from waitroom.places import place_from_curve
from waitroom.queue import Snapshot, Standing, State
from waitroom.queue.draw import draw_score
from waitroom.queue.snapshot import POLL_HINTS
from waitroom.tokens import LOBBY, QueuePass

POLL_ADMITTED_SECONDS = 5
Json = dict[str, Any]  # Any: JSON values


@dataclass(frozen=True, kw_only=True)
class PlaceAnswer:
    """Where a fan stands; times are milliseconds since 1970, durations seconds."""

    state: State
    ahead: int | None = None
    exact: bool = True
    wait_seconds: tuple[int, int] | None = None
    chance: Chance | None = None
    admitted_at_ms: int | None = None
    claim_by_ms: int | None = None
    poll_after: int

    def to_json(self) -> Json:
        """The document of `GET /v1/rooms/{room}/place`."""
        return {
            "state": self.state.value,
            "ahead": self.ahead,
            "exact": self.exact,
            "wait_seconds": None if self.wait_seconds is None else list(self.wait_seconds),
            "chance": None if self.chance is None else self.chance.value,
            "admitted_at": _time(self.admitted_at_ms),
            "claim_by": _time(self.claim_by_ms),
            "poll_after": self.poll_after,
        }


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A join's answer: the standing, the pass, and whether the fan is new."""

    snapshot: Snapshot
    standing: Standing
    queue_pass: QueuePass
    pass_text: str
    created: bool

    def to_json(self, *, is_browser: bool) -> Json:
        """The document; a browser has the pass in its cookie, out of the reach of scripts."""
        standing = self.standing
        # While fans come back after a loss, the line is incomplete.
        ahead = None if self.snapshot.is_recovering else standing.ahead
        waits = None if ahead is None else _wait(self.snapshot, ahead)
        return {
            "room": self.snapshot.room,
            "epoch": self.snapshot.epoch,
            "fan_id": standing.fan_id,
            "pass": None if is_browser else self.pass_text,
            "tier": self.queue_pass.tier,
            "score": standing.score,
            "state": standing.state.value,
            "ahead": ahead,
            "wait_seconds": None if waits is None else list(waits),
            "joined_at": rfc3339(self.queue_pass.joined_at_ms),
        }


@dataclass(frozen=True, kw_only=True)
class ClaimAnswer:
    """The turn, taken."""

    admission_token: str
    enter_url: str
    enter_at_ms: int
    expires_at_ms: int

    def to_json(self) -> Json:
        """The document of `POST /v1/rooms/{room}/claim`."""
        return {
            "admission_token": self.admission_token,
            "enter_url": self.enter_url,
            "enter_at": rfc3339(self.enter_at_ms),
            "expires_at": rfc3339(self.expires_at_ms),
        }


def place_in_snapshot(snapshot: Snapshot, held: QueuePass) -> PlaceAnswer | None:
    """Compute a fan's place from the snapshot and the pass alone; None where only the store knows."""
    # Cases: not drawn yet; a place on the curve; before the curve's first pair, so perhaps admitted.
    score = _score_in_line(snapshot, held)
    if score is None:
        return PlaceAnswer(state=State.LOBBY, poll_after=_poll_in_lobby(snapshot))
    place = place_from_curve(snapshot.curve, score, snapshot.counts.waiting)
    if place is None:
        return None
    return PlaceAnswer(
        state=State.WAITING,
        ahead=place.ahead,
        exact=place.exact,
        wait_seconds=_wait(snapshot, place.ahead),
        chance=_chance(snapshot, place.ahead),
        poll_after=poll_after(place.ahead),
    )


def place_from_standing(snapshot: Snapshot, standing: Standing) -> PlaceAnswer:
    """Tell what the store said of a fan."""
    is_waiting = standing.state is State.WAITING
    if is_waiting and snapshot.is_recovering:
        # The line is incomplete: a place read from it would be false.
        return PlaceAnswer(state=State.WAITING, exact=False, poll_after=POLL_HINTS[-1][1])
    ahead = standing.ahead or 0
    polls = poll_after(ahead) if is_waiting else POLL_ADMITTED_SECONDS
    is_behind = standing.state.is_over or standing.state is State.MOVED
    return PlaceAnswer(
        state=standing.state,
        ahead=standing.ahead,
        wait_seconds=_wait(snapshot, ahead) if is_waiting else None,
        chance=_chance(snapshot, ahead) if is_waiting else None,
        admitted_at_ms=standing.admitted_at_ms,
        claim_by_ms=standing.claim_by_ms,
        poll_after=POLL_HINTS[-1][1] if is_behind else polls,
    )


def poll_after(ahead: int) -> int:
    """Seconds to the next look of a fan with so many ahead."""
    return next(seconds for least, seconds in reversed(POLL_HINTS) if ahead >= least)


def _score_in_line(snapshot: Snapshot, held: QueuePass) -> int | None:
    if held.score != LOBBY:
        return held.score
    draw_key = snapshot.draw.draw_key()
    if draw_key is None or not snapshot.is_drawn:
        return None
    return draw_score(draw_key, tier=held.tier, fan_id=held.fan_id)


def _poll_in_lobby(snapshot: Snapshot) -> int:
    closes_in = max(0, (snapshot.lobby_closes_at_ms or 0) - snapshot.now_ms) / 1000
    return max(POLL_HINTS[0][1], min(POLL_HINTS[-1][1], round(closes_in)))


def _wait(snapshot: Snapshot, ahead: int) -> tuple[int, int] | None:
    # While the room is paused nobody knows how long.
    if snapshot.settings.paused:
        return None
    return wait_range(
        ahead,
        snapshot.measured_per_minute,
        snapshot.rate.per_minute,
        until_release_seconds=round(snapshot.until_release_seconds()),
    )


def _chance(snapshot: Snapshot, ahead: int) -> Chance | None:
    inside = snapshot.counts.admitted + snapshot.counts.active
    return chance_of(ahead, inside, snapshot.seats_left, snapshot.seats_a_buyer, is_sold_out=snapshot.is_sold_out)


def _time(ms: int | None) -> str | None:
    return None if ms is None else rfc3339(ms)
