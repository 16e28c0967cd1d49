"""Rooms as the console's JSON: settings by their own names, moments as RFC 3339."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from waitroom.clock import parse_rfc3339, rfc3339
from waitroom.queue import Snapshot
from waitroom.rooms import RoomSettings
from waitroom.web.bodies import refusal
from waitroom.web.problems import Problem

Json = dict[str, Any]  # Any: JSON values
TIMES = ("lobby_at", "lobby_closes_at", "release_at", "closes_at")
ACTS = {"paused": "pause or resume", "beacon_waived": "draw-without-beacon"}
"""Settings that have an address of their own, so that the change log tells what was meant."""
FIXED = frozenset({"beacon", "rehearsal"})


def room_document(snapshot: Snapshot) -> Json:
    """The room with its settings, its numbers and what is in force."""
    return {
        "room": snapshot.room,
        "epoch": snapshot.epoch,
        "version": snapshot.version,
        "now": rfc3339(snapshot.now_ms),
        "phase": snapshot.phase.value,
        **settings_document(snapshot.settings),
        "in_force": {
            "new_users_per_minute": snapshot.rate.per_minute,
            "planned_per_minute": snapshot.rate.planned_per_minute,
            "total_active_users": snapshot.rate.ceiling,
            "by": snapshot.rate.by,
        },
        "slowed": snapshot.rate.slowed(),
        "recovering_until": None if snapshot.recovering_until_ms is None else rfc3339(snapshot.recovering_until_ms),
        "nothing_left": snapshot.nothing_left,
        "lobby": snapshot.counts.lobby,
        "waiting": snapshot.counts.waiting,
        "admitted": snapshot.counts.admitted,
        "active": snapshot.counts.active,
        "measured_per_minute": snapshot.measured_per_minute,
        "share": snapshot.share,
        "seats_left": snapshot.seats_left,
        "totals": snapshot.totals,
    }


def settings_document(settings: RoomSettings) -> Json:
    """Every setting of a room."""
    return _moments_in(settings.model_dump(mode="json"), rfc3339)


def read_settings(document: Json) -> RoomSettings:
    """Read the settings of a new room; raises Problem("validation-failed")."""
    _refuse_acts(document)
    return _validated(_read_moments(_with_logo(document, RoomSettings())))


def read_changes(document: Json, settings: RoomSettings) -> Json:
    """Read what is to change in a room, checked together with what stays; raises Problem("validation-failed")."""
    _refuse_acts(document)
    for name in FIXED & document.keys():
        raise wrong_field(name, "is fixed when the room is made")
    changed = _validated(settings.model_dump(mode="json") | _read_moments(_with_logo(document, settings)))
    return {name: getattr(changed, name) for name in document}


def _with_logo(document: Json, settings: RoomSettings) -> Json:
    # Only an upload sets a logo: here it can be left out or as it is, to stay, or null, to go.
    branding = document.get("branding")
    if not isinstance(branding, dict):
        return document
    in_force = None if settings.branding is None else settings.branding.logo
    # Not a set: what is sent may be anything, also what has no hash.
    if branding.get("logo") not in (None, in_force):
        raise wrong_field("branding.logo", "use PUT logo")
    return document | {"branding": {"logo": in_force} | branding}


def wrong_field(name: str, problem: str) -> Problem:
    """The refusal of one field."""
    return Problem("validation-failed", detail=f"Wrong: {name}.", errors=[{"field": name, "problem": problem}])


def whole_number(name: str, text: str, *, most: int) -> int:
    """Read a number from 1 to `most` of an address; raises Problem("validation-failed")."""
    # No longer than `most`: Python refuses thousands of digits, and leading zeros would hide how many follow.
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not is_number or not 1 <= int(text) <= most:
        raise wrong_field(name, f"a number from 1 to {most}")
    return int(text)


def _refuse_acts(document: Json) -> None:
    for name in ACTS.keys() & document.keys():
        raise wrong_field(name, f"use the address {ACTS[name]}")


def _validated(document: Json) -> RoomSettings:
    try:
        return RoomSettings.model_validate_json(json.dumps(document), strict=True)
    except ValidationError as wrong:
        raise refusal(wrong) from None


def _read_moments(document: Json) -> Json:
    read: Json = {}
    for name, value in document.items():
        try:
            read |= _moments_in({name: value}, _read_moment)
        except (TypeError, ValueError, OverflowError):
            raise wrong_field(name, "a time is text in RFC 3339 with a zone, like 2027-01-31T19:00:00Z") from None
    return read


def _read_moment(value: Any) -> int:  # Any: a JSON value
    if not isinstance(value, str):
        raise TypeError
    return parse_rfc3339(value)


def _moments_in(document: Mapping[str, Any], change: Callable[[Any], object]) -> Json:  # Any: JSON values
    # Moments stand at the top, in each step of the plan, and in the beacon's rule.
    changed = dict(document)
    for name in TIMES:
        if changed.get(name) is not None:
            changed[name] = change(changed[name])
    if isinstance(changed.get("plan"), list):
        changed["plan"] = [_with_moment(step, "at", change) for step in changed["plan"]]
    if changed.get("beacon") is not None:
        changed["beacon"] = _with_moment(changed["beacon"], "genesis_at", change)
    return changed


def _with_moment(value: Any, name: str, change: Callable[[Any], object]) -> Any:  # Any: JSON values
    if not isinstance(value, dict) or name not in value:
        return value
    return value | {name: change(value[name])}
