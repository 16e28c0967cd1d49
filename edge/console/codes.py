"""Presale codes by the console: made once, told once."""

from typing import TypedDict

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from edge.console.access import who
from edge.console.auditing import tell
from edge.console.documents import wrong_field
from edge.console.rooms import look_at, queue_of
from waitroom.errors import ConfigurationError
from waitroom.queue import count_codes, keep_codes, make_codes
from waitroom.queue.presale import MOST_USES
from waitroom.settings import Settings
from waitroom.web.answers import private_json
from waitroom.web.bodies import Body, read_json
from waitroom.web.problems import Problem

MOST_CODES = 50_000
"""A call: the answer then has about a megabyte."""

AFTER_ALL = MOST_USES + 1
"""Where codes for any number of uses stand among the others."""


class Terms(TypedDict):
    """What each code gives."""

    tier: int
    uses: int | None


class NewCodes(Body):
    """So many random codes, or words of the organizer's own; `uses` of each, null for any number."""

    count: int | None = Field(default=None, ge=1, le=MOST_CODES)
    words: list[str] | None = Field(default=None, min_length=1, max_length=MOST_CODES)
    tier: int = Field(default=0, ge=0, le=7)
    uses: int | None = Field(default=1, ge=1, le=MOST_USES)


async def list_codes(request: Request) -> Response:
    """Count what there is by tier and uses left; the codes themselves are known to nobody."""
    snapshot = await look_at(request)
    found = await count_codes(queue_of(request), snapshot.room)
    by_terms = sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or AFTER_ALL))
    codes = [{"tier": tier, "uses_left": uses, "count": count} for (tier, uses), count in by_terms]
    return private_json({"room": snapshot.room, "policy": snapshot.settings.codes.value, "codes": codes})


async def add_codes(request: Request) -> Response:
    """Take codes into the room; random ones are told in this answer and never again."""
    settings: Settings = request.app.state.settings
    asked = await read_json(request, NewCodes)
    if (asked.count is None) == (asked.words is None):
        raise wrong_field("count", "say either count, for random codes, or words, for your own")
    snapshot, queue, keys = await look_at(request), queue_of(request), settings.key_source()
    terms: Terms = {"tier": asked.tier, "uses": asked.uses}
    try:
        if asked.words is None:
            codes = await make_codes(queue, keys, snapshot.room, count=asked.count or 0, who=who(request), **terms)
            tell(request, after={"new": len(codes), **terms})
            return private_json({"codes": codes, "new": len(codes), **terms}, status=201)
        kept = await keep_codes(queue, keys, snapshot.room, asked.words, who=who(request), **terms)
    except ConfigurationError as wrong:
        raise Problem("validation-failed", detail=str(wrong), errors=[]) from None
    tell(request, after={"new": kept.new, **terms})
    return private_json({"codes": None, "new": kept.new, **terms}, status=201)
