"""The calls about reports: of rooms that are there, and of those that are gone."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from edge.console.reports.desk import ReportDesk
from edge.console.reports.tables import networks_csv, timeline_csv
from edge.console.rooms import look_at
from waitroom.clock import rfc3339
from waitroom.errors import RoomMissingError
from waitroom.queue.keys import is_room_name
from waitroom.web.answers import FOR_ONE_FAN, private_json

LONGEST_EPOCH = 64
Json = dict[str, Any]  # Any: JSON values


async def show_report(request: Request) -> Response:
    """Answer with a room's report; by the Accept header, or with `?format=csv`, with its timeline as CSV."""
    wants_csv = request.query_params.get("format") == "csv"
    if wants_csv or "text/csv" in request.headers.get("accept", ""):
        return await show_timeline(request)
    report = await find_report(request)
    headers = {"Vary": "Accept"}
    if request.query_params.get("format") == "file":
        headers |= _as_file(f"{report['room']}-report.json")
    return private_json(report, headers=headers)


async def show_timeline(request: Request) -> Response:
    """Answer with every sample of a room as CSV."""
    report = await find_report(request)
    samples = await desk_of(request).samples(report["room"], epoch=report["epoch"])
    return _csv(timeline_csv(samples), f"{report['room']}-timeline.csv")


async def show_networks(request: Request) -> Response:
    """Answer with the largest networks of a room as CSV."""
    report = await find_report(request)
    return _csv(networks_csv(report["networks"]["largest"]), f"{report['room']}-networks.csv")


async def list_reports(request: Request) -> Response:
    """List the reports that are kept, newest first; rooms that are gone are among them."""
    return private_json({"reports": await list_kept(request)})


async def list_kept(request: Request) -> list[Json]:
    """Return what is told of each kept report in a list."""
    rows = await desk_of(request).all_kept()
    return [
        {
            "room": row["room"],
            "epoch": row["epoch"],
            "at": rfc3339(round(row["at"].timestamp() * 1000)),
            "name": row["name"],
            "joined": int(row["joined"] or 0),
            "rehearsal": bool(row["rehearsal"]),
        }
        for row in rows
    ]


async def find_report(request: Request) -> Json:
    """Make the report of the room of the address, or find the kept one; raises RoomMissingError.

    `?epoch=` asks for the room of that epoch: the report of an earlier room of the same name.
    """
    desk, epoch = desk_of(request), request.query_params.get("epoch", "")[:LONGEST_EPOCH] or None
    room = request.path_params["room"]
    if not is_room_name(room):
        raise RoomMissingError(room)
    try:
        snapshot = await look_at(request)
    except RoomMissingError:
        return await _kept(desk, room, epoch)
    if epoch not in {None, snapshot.epoch}:
        return await _kept(desk, room, epoch)
    return await desk.report(snapshot) | {"is_deleted": False}


def desk_of(request: Request) -> ReportDesk:
    """The desk that makes reports."""
    desk: ReportDesk = request.app.state.report_desk
    return desk


async def _kept(desk: ReportDesk, room: str, epoch: str | None) -> Json:
    row = await desk.kept(room, epoch=epoch)
    if row is None:
        raise RoomMissingError(room)
    report: Json = row["report"]
    return report | {"is_deleted": True}


def _csv(text: str, name: str) -> Response:
    headers = {"Cache-Control": FOR_ONE_FAN, "Vary": "Accept", **_as_file(name)}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _as_file(name: str) -> dict[str, str]:
    # A room's name is made of letters, digits and hyphens.
    return {"Content-Disposition": f'attachment; filename="{name}"'}
