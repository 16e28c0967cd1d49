"""Support: find a fan by the short code that the fan's page shows, and tell what the room knows of the fan.

The fan id and the pass stay out of the answer: a mark of the id is enough to tell two fans apart.
"""

from typing import Annotated, Any

from pydantic import StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from edge.answers import place_from_standing
from edge.console.access import who
from edge.console.audit import Audit, Entry
from edge.console.rooms import look_at, queue_of
from waitroom.clock import rfc3339
from waitroom.queue import Found, Snapshot
from waitroom.settings import Settings
from waitroom.short_codes import LONGEST_TYPED, Purpose, short_code_id
from waitroom.web.answers import private_json
from waitroom.web.bodies import Body, read_json
from waitroom.web.problems import Problem

MARK_LETTERS = 6
Json = dict[str, Any]  # Any: JSON values


class SupportCode(Body):
    """The code that the fan reads out; in the body, so that it is in no address and no log."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TYPED)]


async def find_fan(request: Request) -> Response:
    """Tell how it stands with the fan of a support code; each look is an entry in the audit."""
    body, snapshot = await read_json(request, SupportCode), await look_at(request)
    found = await _find(request, snapshot, body.code)
    mark = found.held.fan_id[:MARK_LETTERS]
    audit: Audit = request.app.state.audit
    await audit.note(Entry(who=who(request), what="look-up-fan", room=snapshot.room, after={"fan": mark}))
    return private_json(fan_document(snapshot, found))


async def _find(request: Request, snapshot: Snapshot, typed: str) -> Found:
    settings: Settings = request.app.state.settings
    key = settings.key_source().current().find(snapshot.seed_key_id)
    if key is None:
        raise Problem("queue-unavailable", headers={"Retry-After": "1"})
    code_id = short_code_id(typed, Purpose.SUPPORT, secret=key.secret, epoch=snapshot.epoch)
    found = None
    if code_id is not None:
        found = await queue_of(request).find(snapshot.room, code_id=code_id, epoch=snapshot.epoch)
    if not isinstance(found, Found):
        raise Problem("support-code-unknown")
    return found


def fan_document(snapshot: Snapshot, found: Found) -> Json:
    """The fan's state and history, as far as the store knows them."""
    place, held = place_from_standing(snapshot, found.standing).to_json(), found.held
    return {
        "fan": held.fan_id[:MARK_LETTERS],
        "state": place["state"],
        "ahead": place["ahead"],
        "wait_seconds": place["wait_seconds"],
        "claim_by": place["claim_by"],
        "tier": held.tier if found.standing.tier is None else found.standing.tier,
        "joined_at": rfc3339(held.joined_at_ms),
        "moves": found.moves,
        "history": history_of(snapshot, found),
    }


def history_of(snapshot: Snapshot, found: Found) -> list[Json]:
    """What happened to a fan, in its order; `at` is None where the store keeps no moment."""
    turn, state, held = found.turn, found.standing.state, found.held
    # In the order of a fan's life; moves may have come at any point of it.
    entries = [_entry("joined", held.joined_at_ms)]
    if held.score is None and snapshot.is_drawn:
        entries.append(_entry("drawn"))
    entries += [_entry("moved")] * found.moves
    if turn is not None:
        entries.append(_entry("turn-given", turn.given_at_ms))
        entries += [_entry("more-time")] * turn.prolonged
        if turn.enter_at_ms is not None:
            entries.append(_entry("claimed", turn.enter_at_ms))
        if turn.has_entered:
            entries.append(_entry("entered"))
    if state.is_over:
        entries.append(_entry(state.value))
    return entries


def _entry(what: str, at_ms: int | None = None) -> Json:
    return {"at": None if at_ms is None else rfc3339(at_ms), "what": what}
