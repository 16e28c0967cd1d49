"""The audit by the API: filtered, newest first, by page."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from edge.console.audit import Audit, Wanted
from edge.console.documents import whole_number, wrong_field
from edge.console.people.documents import entry_document
from waitroom.web.answers import private_json

MOST = 1000
LONGEST = 128


async def read_audit(request: Request) -> Response:
    """Show who did what; `next` is what `before` is to be for the entries that follow."""
    audit: Audit = request.app.state.audit
    wanted = read_wanted(request)
    rows = await audit.read(wanted)
    after = rows[-1]["entry"] if len(rows) == wanted.most else None
    return private_json({"entries": [entry_document(row) for row in rows], "next": after, "not_yet": audit.kept})


def read_wanted(request: Request) -> Wanted:
    """Read the filters. Raises Problem("validation-failed") that names the wrong one."""
    return Wanted(
        who=_text(request, "who"),
        what=_text(request, "what"),
        room=_text(request, "room"),
        since=_moment(request, "since"),
        until=_moment(request, "until"),
        before=_number(request, "before", most=2**62),
        most=_number(request, "most", most=MOST) or 100,
    )


def _text(request: Request, name: str) -> str | None:
    text = request.query_params.get(name)
    if text is not None and (len(text) > LONGEST or not text.isprintable()):
        raise wrong_field(name, f"at most {LONGEST} printable characters")
    return text or None


def _moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise wrong_field(name, "a time is text in RFC 3339 with a zone, like 2027-01-31T19:00:00Z")
    return moment


def _number(request: Request, name: str, *, most: int) -> int | None:
    text = request.query_params.get(name)
    return whole_number(name, text, most=most) if text else None
