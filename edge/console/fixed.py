"""What cannot be changed any more in a room, with the reason for people: pure."""

from waitroom.queue import Snapshot
from waitroom.rooms import Phase

MADE = (
    "It was fixed when the room was made, so that nobody can choose it by what came of it. Make a new room for another."
)
OPEN_ALREADY = "This room has no lobby and its line is open: for a release make a new room."
HAS_LOBBY = "The lobby has opened: the release can be moved, not taken away."
FROZEN = "The lobby is closed for good: who was in it is drawn, and no clock opens it again."
RELEASED = "The line is released: turns are being given."


def fixed_settings(snapshot: Snapshot) -> dict[str, str]:
    """Tell by setting why it stays as it is; `kind` is whether the room has a release at all."""
    fixed = {"beacon": MADE, "rehearsal": MADE}
    if snapshot.settings.release_at is None:
        return fixed | dict.fromkeys(("kind", "lobby_at", "lobby_closes_at", "release_at"), OPEN_ALREADY)
    if snapshot.phase is not Phase.SCHEDULED or snapshot.counts.lobby:
        fixed["kind"] = HAS_LOBBY
    if snapshot.is_frozen:
        fixed |= dict.fromkeys(("lobby_at", "lobby_closes_at"), FROZEN)
    if snapshot.is_frozen and snapshot.phase in {Phase.OPEN, Phase.CLOSED}:
        fixed["release_at"] = RELEASED
    return fixed
