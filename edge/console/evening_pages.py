"""The pages beside and after an evening: the rehearsal's crowd, the support desk, the report."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from edge.console.documents import room_document
from edge.console.rehearsals import rehearsal_document
from edge.console.rendering import page
from edge.console.reports.api import find_report, list_kept
from edge.console.rooms import look_at
from waitroom.rehearsal import GhostPlan

Values = dict[str, Any]  # Any: what a template prints


async def show_rehearsal(request: Request) -> Response:
    """The crowd of a rehearsal: start it, see how it goes, stop it."""
    snapshot = await look_at(request)
    document = rehearsal_document(request, snapshot)
    crowd = document["crowd"]
    plan = crowd["plan"] if crowd else GhostPlan().model_dump()
    plan = {name: int(value) if value and value == int(value) else value for name, value in plan.items()}
    values = {"room": room_document(snapshot), "plan": plan, "data": document}
    return page(request, "rehearsal.html", values)


async def show_support(request: Request) -> Response:
    """The support desk: find a fan by the code that the fan reads out."""
    return page(request, "support.html", {"room": room_document(await look_at(request))})


async def show_report(request: Request) -> Response:
    """The report of a room, or the kept one of a room that is gone."""
    report = await find_report(request)
    return page(request, "report.html", {"report": report, "query": _query(request), "data": _data(report)})


async def show_reports(request: Request) -> Response:
    """The reports that are kept."""
    return page(request, "reports.html", {"reports": await list_kept(request)})


def _query(request: Request) -> str:
    epoch = request.query_params.get("epoch")
    return f"?epoch={epoch}" if epoch and epoch.isascii() and epoch.replace("-", "").replace("_", "").isalnum() else ""


def _data(report: Values) -> Values:
    # What the page's script draws; the numbers beside it are in the page itself.
    names = ("room", "as_of", "timeline", "happenings", "changes")
    return {name: report.get(name, []) for name in names}
