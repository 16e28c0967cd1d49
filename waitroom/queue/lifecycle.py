"""Making and changing rooms: what an organizer does, by whatever face."""

from typing import Any

from pydantic import ValidationError

from waitroom.clock import Clock, SystemClock
from waitroom.errors import ConfigurationError, WaitroomError
from waitroom.queue.draw import commitment_to, derive_seed, new_epoch
from waitroom.queue.results import Configured, OtherEpoch, Stale
from waitroom.queue.snapshot import Snapshot
from waitroom.queue.store import Queue
from waitroom.rooms import Phase, RoomSettings
from waitroom.tokens import KeySource

LOOK_US = 100_000
RATE = {"new_users_per_minute", "total_active_users"}
Changes = dict[str, Any]  # Any: values of RoomSettings


class RoomExistsError(WaitroomError):
    """A room of that name exists; delete it first, or choose another name."""


class RoomChangedError(WaitroomError):
    """Somebody else changed the room meanwhile; look at it again and repeat the change."""


async def create_room(
    queue: Queue, keys: KeySource, room: str, settings: RoomSettings, *, who: str, now_us: int | None = None
) -> str:
    """Make a room and commit to its seed; returns its epoch. Raises RoomExistsError."""
    key = keys.current().newest
    epoch = new_epoch()
    seed = derive_seed(key.secret, room=room, epoch=epoch)
    fields = settings.to_fields() | {"seed_key_id": key.key_id, "commitment": commitment_to(seed)}
    made = await queue.configure(room, fields=fields, who=who, expected=None, epoch=epoch, now_us=now_us)
    if not isinstance(made, Configured):
        raise RoomExistsError(f"There is a room {room!r} already.")
    return epoch


async def look_at_room(queue: Queue, room: str) -> Snapshot:
    """Return the room's snapshot, at most a tenth of a second old. Raises RoomMissingError."""
    return Snapshot.parse(room, (await queue.advance(room, interval_us=LOOK_US)).snapshot)


async def change_room(
    queue: Queue, room: str, changes: Changes, *, who: str, expected: int | None = None, now_us: int | None = None
) -> int:
    """Change settings and return the new version.

    `expected` is the version that the caller has seen, by default the one in force now. Raises ConfigurationError
    for settings that cannot be, RoomChangedError for a stale version.
    """
    snapshot = await look_at_room(queue, room)
    settings = _changed(snapshot, _with_rate_in_force(snapshot, changes))
    by_hand = {"rate_by_hand": str(snapshot.version)} if RATE & changes.keys() else {}
    outcome = await queue.configure(
        room,
        fields=settings.to_fields() | by_hand,
        who=who,
        expected=snapshot.version if expected is None else expected,
        epoch=snapshot.epoch,
        now_us=now_us,
    )
    match outcome:
        case Configured(version=version):
            return version
        case Stale() | OtherEpoch():
            raise RoomChangedError(f"The room {room!r} was changed by somebody else; look at it and repeat.")


async def release_now(
    queue: Queue, room: str, *, who: str, expected: int | None = None, clock: Clock | None = None
) -> int:
    """Close the lobby and release the line at this moment."""
    now_ms = (clock or SystemClock()).now_ms()
    snapshot = await look_at_room(queue, room)
    if snapshot.settings.release_at is None:
        raise ConfigurationError(f"The room {room!r} has no release: it is open already.")
    lobby_at = min(snapshot.settings.lobby_at or now_ms, now_ms)
    closes = min(snapshot.lobby_closes_at_ms or now_ms, now_ms)
    changes = {"lobby_at": lobby_at, "lobby_closes_at": max(closes, lobby_at), "release_at": now_ms}
    return await change_room(queue, room, changes, who=who, expected=expected)


async def close_room(
    queue: Queue, room: str, *, who: str, expected: int | None = None, clock: Clock | None = None
) -> int:
    """End the room at this moment: nobody joins or gets a turn any more."""
    now_ms = (clock or SystemClock()).now_ms()
    settings = (await look_at_room(queue, room)).settings
    moved = dict.fromkeys(("lobby_at", "lobby_closes_at", "release_at"), now_ms)
    planned = {name: moment for name, moment in moved.items() if (getattr(settings, name) or 0) > now_ms}
    return await change_room(queue, room, planned | {"closes_at": now_ms}, who=who, expected=expected)


def _with_rate_in_force(snapshot: Snapshot, changes: Changes) -> Changes:
    # Who sets one of rate and ceiling by hand leaves the other as it is now, be it by a step of the plan.
    in_force = {"new_users_per_minute": snapshot.rate.planned_per_minute, "total_active_users": snapshot.rate.ceiling}
    return in_force | changes if RATE & changes.keys() else changes


def _changed(snapshot: Snapshot, changes: Changes) -> RoomSettings:
    if "beacon" in changes:
        raise ConfigurationError("The beacon's rule is fixed when the room is made; make a new room for another.")
    if "rehearsal" in changes:
        raise ConfigurationError("Whether a room is a rehearsal is fixed when it is made; make a new room.")
    if changes.get("beacon_waived") and not snapshot.settings.beacon_waived and not snapshot.draw.waits_for_beacon:
        raise ConfigurationError("A draw can go on without its beacon only while it waits for it.")
    if snapshot.settings.release_at is None and changes.get("release_at") is not None:
        raise ConfigurationError("This room has no lobby and its line is open; make a new room for a release.")
    if snapshot.phase is not Phase.SCHEDULED and "release_at" in changes and changes["release_at"] is None:
        raise ConfigurationError("The release can be moved, not taken away, once the lobby has opened.")
    if snapshot.counts.lobby and "release_at" in changes and changes["release_at"] is None:
        raise ConfigurationError("The release cannot be taken away: fans are in the lobby and wait to be drawn.")
    try:
        return snapshot.settings.changed(changes)
    except ValidationError as wrong:
        reasons = [f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in wrong.errors()]
        raise ConfigurationError("\n".join(reasons)) from None
