"""A room that exists as the beginning of a simulation."""

from collections.abc import Mapping

from waitroom.queue import Snapshot
from waitroom.simulation.policy import Policy


def policy_of_room(snapshot: Snapshot, changes: Mapping[str, object]) -> Policy:
    """The policy of a room as it stands, with some settings changed for the trial alone.

    The rate and ceiling in force are where it begins; who changes one of them leaves the room's plan out, unless the
    plan is changed as well. Raises pydantic's ValidationError.
    """
    in_force = {"new_users_per_minute": snapshot.rate.planned_per_minute, "total_active_users": snapshot.rate.ceiling}
    is_by_hand = bool(changes.keys() & in_force.keys())
    plan = () if is_by_hand else tuple(step for step in snapshot.settings.plan if step.at > snapshot.now_ms)
    settings = snapshot.settings.changed(in_force | {"plan": plan} | dict(changes))
    return Policy.of(settings, now_ms=snapshot.now_ms)


def fans_of_room(snapshot: Snapshot) -> dict[str, int]:
    """The fans who are there, as fields of a crowd: who waits for the draw or in the line, and who is inside."""
    counts = snapshot.counts
    there = {"lobby": counts.lobby + counts.waiting, "inside": counts.active}
    return {name: fans for name, fans in there.items() if fans}
