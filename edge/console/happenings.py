"""Happenings: what is marked on the night's charts, found between two looks at a room or in its change log. Pure."""

import json
from dataclasses import dataclass
from typing import Any

from waitroom.clock import rfc3339
from waitroom.queue import Snapshot

Json = dict[str, Any]  # Any: JSON values
BY_HAND = {
    "paused": {"1": "paused", "0": "resumed"},
    "sold_out": {"1": "sold_out", "0": "resumed"},
    "beacon_waived": {"1": "beacon_waived"},
}
SETTINGS = {
    "new_users_per_minute": "rate",
    "total_active_users": "ceiling",
    "closes_at": "closing",
    "release_at": "release",
    "plan": "plan",
    "message": "message",
}

AT_ONCE = {"release_at": "Released", "closes_at": "Closed"}
AT_ONCE_MS = 5000


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """One mark: `kind` for its look, `who` or None where nobody did it, `text` to be read."""

    at_ms: int
    kind: str
    who: str | None
    text: str

    def to_json(self) -> Json:
        """The happening as JSON values."""
        return {"at": rfc3339(self.at_ms), "kind": self.kind, "who": self.who, "text": self.text}


def between(before: Snapshot, now: Snapshot) -> list[Happening]:
    """What happened of itself and stands in no log: a phase, a step of the plan, nothing left, a loss."""
    found = []
    if now.phase is not before.phase:
        found.append(("phase", f"{now.phase.value.capitalize()}"))
    if now.version == before.version and _decision(now) != _decision(before):
        found.append(("step", f"Plan: {now.rate.planned_per_minute:,.6g} a minute, {now.rate.ceiling:,} inside"))
    if now.nothing_left and not before.nothing_left:
        found.append(("sold_out", "Nothing is left"))
    if now.is_recovering and not before.is_recovering:
        found.append(("loss", "The room comes back from a loss"))
    return [Happening(at_ms=now.now_ms, kind=kind, who=None, text=text) for kind, text in found]


def of_change(entry: dict[str, str]) -> Happening | None:
    """What somebody did, or the governor, by an entry of the change log; None for what needs no mark."""
    if "governed" in entry:
        return _of_governor(entry)
    if entry["version"] == "1" or "codes_made" in entry:
        return None
    told = {name: json.loads(text)[1] for name, text in entry.items() if name not in {"at_ms", "who", "version"}}
    for name, kinds in BY_HAND.items():
        if told.get(name) in kinds:
            kind = kinds[told[name]]
            return _by(entry, kind, kind.replace("_", " ").capitalize())
    named = [name for name in SETTINGS if name in told]
    if not named:
        return None
    return _by(entry, SETTINGS[named[0]], _in_words(named, told, at_ms=int(entry["at_ms"])))


def _of_governor(entry: dict[str, str]) -> Happening | None:
    # A cut, and the whole rate again; the many steps between them are no marks.
    before, after, why = json.loads(entry["governed"])
    if float(after) < float(before):
        return _by(entry, "slowed", f"Slowed to {float(after):.0%}: {why}")
    return _by(entry, "recovered", "Back to the whole rate") if float(after) >= 1 else None


def _in_words(named: list[str], told: dict[str, str], *, at_ms: int) -> str:
    parts = []
    if "new_users_per_minute" in told:
        parts.append(f"Rate {float(told['new_users_per_minute']):,.6g}")
    if "total_active_users" in told:
        parts.append(f"Ceiling {int(told['total_active_users']):,}")
    others = {"message": "Message", "plan": "Plan changed", "closes_at": "End changed", "release_at": "Release changed"}
    # A moment that was set to the very moment of the change is an act.
    now = {name for name in AT_ONCE if told.get(name) and abs(int(told[name]) - at_ms) <= AT_ONCE_MS}
    parts += [AT_ONCE[name] if name in now else others[name] for name in named if name in others]
    return ", ".join(parts)


def _by(entry: dict[str, str], kind: str, text: str) -> Happening:
    return Happening(at_ms=int(entry["at_ms"]), kind=kind, who=entry["who"], text=text)


def _decision(snapshot: Snapshot) -> tuple[float, int]:
    return snapshot.rate.planned_per_minute, snapshot.rate.ceiling
