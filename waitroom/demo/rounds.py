"""A round of the demo: when its room opens and ends, and when the next one begins. Pure."""

from waitroom.demo.options import DemoOptions
from waitroom.queue import Snapshot
from waitroom.rooms import Phase, RoomSettings

ROOM = "demo"
NAME = "The Night Shift: Stadium Tour"
SESSION_MINUTES = 8
AFTERMATH_SECONDS = 600
"""How long a round stays open after the crowd's line should be through."""
SHOPPERS_SECONDS = 120
"""How long a round that is over waits for those who are still shopping."""


def new_round(options: DemoOptions, *, now_ms: int) -> RoomSettings:
    """Return the settings of a round whose lobby opens now."""
    release_at = now_ms + options.lobby_seconds * 1000
    line_seconds = options.fans * 60 / options.rate
    return RoomSettings(
        name=NAME,
        lobby_at=now_ms,
        release_at=release_at,
        closes_at=release_at + round(line_seconds + AFTERMATH_SECONDS) * 1000,
        new_users_per_minute=options.rate,
        total_active_users=options.ceiling,
        session_minutes=SESSION_MINUTES,
        message="This is a demo: nothing here is real, and no money moves.",
    )


def is_over(snapshot: Snapshot) -> bool:
    """Whether this round has nothing left to offer to whoever comes now."""
    return snapshot.phase is Phase.CLOSED or _is_sold_out(snapshot)


def _is_sold_out(snapshot: Snapshot) -> bool:
    # Seats in carts may come back; a demo does not wait for the last of them.
    return snapshot.settings.sold_out or snapshot.seats_left == 0


def is_time_for_next(snapshot: Snapshot, *, over_for_seconds: float, pause_seconds: float) -> bool:
    """Whether a round that is over gives way: after the pause when nobody is shopping, at last in any case."""
    grace_seconds = SHOPPERS_SECONDS if snapshot.counts.active else 0
    return over_for_seconds >= max(pause_seconds, grace_seconds)


def arrival_seconds(snapshot: Snapshot) -> float:
    """In how many seconds the crowd arrives: most before the release, some behind it."""
    return max(10.0, 1.5 * snapshot.until_release_seconds())


def describe(snapshot: Snapshot) -> str:
    """Say in one line how the round stands."""
    counts = snapshot.counts
    in_line = counts.lobby if snapshot.phase is Phase.LOBBY else counts.waiting
    parts = [
        _phase(snapshot),
        f"{in_line} in line",
        f"{counts.admitted} turns",
        f"{counts.active}/{snapshot.settings.total_active_users} inside",
    ]
    if snapshot.seats_left is not None:
        parts.append(f"{snapshot.seats_left:,} seats left")
    return " | ".join(parts)


def _phase(snapshot: Snapshot) -> str:
    # Cases: over, held, before the release, after it.
    if is_over(snapshot):
        reason = "sold out" if _is_sold_out(snapshot) else "closed"
        return f"{reason}, a fresh round follows"
    if snapshot.settings.paused:
        return "paused"
    if snapshot.phase is Phase.LOBBY:
        return f"lobby, release in {snapshot.until_release_seconds():.0f} s"
    return snapshot.phase.value
