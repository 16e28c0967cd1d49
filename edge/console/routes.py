"""The URL table of the console, with the role that each call needs, and nothing else."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from edge.console import (
    acts,
    codes,
    evening_pages,
    foretelling,
    live,
    logos,
    logs,
    pages,
    preparing,
    previewing,
    rehearsals,
    rooms,
    static_files,
    support,
    trials,
)
from edge.console.access import Endpoint, allow, page
from edge.console.auditing import audited
from edge.console.people.routes import people_pages, people_routes
from edge.console.reports import api as reports
from edge.console.reports import drawn
from waitroom.admin_keys import Role
from waitroom.web.problems import PROBLEMS, Problem

ROOMS = "/v1/admin/rooms"
ROOM = f"{ROOMS}/{{room}}"


def routes() -> list[BaseRoute]:
    """Every address that organizers reach."""
    return [
        *_calls_that_rule(),
        *_calls_that_tell(),
        *people_routes(),
        Route("/problems/{name}", explain),
        *_pages(),
        *people_pages(),
        Route("/static/{name}", static_files.serve, methods=["GET"]),
    ]


def _calls_that_rule() -> list[BaseRoute]:
    return [
        _call("GET", ROOMS, Role.VIEWER, rooms.list_rooms),
        _call("POST", ROOMS, Role.ADMIN, rooms.make_room, what="make-room"),
        _call("GET", ROOM, Role.VIEWER, rooms.show_room),
        _call("PATCH", ROOM, Role.OPERATOR, rooms.change_settings, what="change-room"),
        _call("DELETE", ROOM, Role.ADMIN, rooms.delete_room, what="delete-room"),
        _call("POST", f"{ROOM}/pause", Role.OPERATOR, acts.pause),
        _call("POST", f"{ROOM}/resume", Role.OPERATOR, acts.resume),
        _call("POST", f"{ROOM}/close", Role.OPERATOR, acts.close),
        _call("POST", f"{ROOM}/release-now", Role.OPERATOR, acts.release),
        _call("POST", f"{ROOM}/draw-without-beacon", Role.ADMIN, acts.draw_without_beacon),
        _call("POST", f"{ROOM}/simulate", Role.VIEWER, trials.try_plan),
        _call("GET", f"{ROOM}/codes", Role.VIEWER, codes.list_codes),
        _call("POST", f"{ROOM}/codes", Role.ADMIN, codes.add_codes, what="add-codes"),
        _call("GET", f"{ROOM}/logo", Role.VIEWER, logos.show_logo),
        _call("PUT", f"{ROOM}/logo", Role.OPERATOR, logos.put_logo, what="put-logo"),
        _call("DELETE", f"{ROOM}/logo", Role.OPERATOR, logos.delete_logo, what="delete-logo"),
        _call("POST", f"{ROOM}/support", Role.VIEWER, support.find_fan),
    ]


def _calls_that_tell() -> list[BaseRoute]:
    return [
        _call("GET", f"{ROOM}/changes", Role.VIEWER, logs.changes),
        _call("GET", f"{ROOM}/admissions", Role.VIEWER, logs.admissions),
        _call("GET", f"{ROOM}/series", Role.VIEWER, logs.series),
        _call("GET", f"{ROOM}/live", Role.VIEWER, live.live),
        _call("POST", f"{ROOM}/foretell", Role.VIEWER, foretelling.foretell_room),
        _call("GET", f"{ROOM}/rehearsal", Role.VIEWER, rehearsals.show),
        _call("POST", f"{ROOM}/rehearsal", Role.OPERATOR, rehearsals.start, what="start-rehearsal"),
        _call("DELETE", f"{ROOM}/rehearsal", Role.OPERATOR, rehearsals.stop, what="stop-rehearsal"),
        _call("GET", f"{ROOM}/report", Role.VIEWER, reports.show_report),
        _call("GET", f"{ROOM}/report/timeline.csv", Role.VIEWER, reports.show_timeline),
        _call("GET", f"{ROOM}/report/networks.csv", Role.VIEWER, reports.show_networks),
        _call("POST", f"{ROOM}/verify-draw", Role.VIEWER, drawn.verify_draw),
        _call("GET", "/v1/admin/reports", Role.VIEWER, reports.list_reports),
    ]


def _pages() -> list[BaseRoute]:
    return [
        _page("/", Role.VIEWER, pages.show_rooms),
        _page("/rooms/new", Role.VIEWER, preparing.show_new),
        _page("/rooms/{room}", Role.VIEWER, pages.show_night),
        _page("/rooms/{room}/edit", Role.VIEWER, preparing.show_settings),
        _page("/rooms/{room}/plan", Role.VIEWER, preparing.show_plan),
        _page("/rooms/{room}/codes", Role.VIEWER, preparing.show_codes),
        _page("/rooms/{room}/branding", Role.VIEWER, preparing.show_branding),
        _call("GET", "/rooms/{room}/preview", Role.VIEWER, previewing.show_preview),
        _call("GET", "/rooms/{room}/preview.css", Role.VIEWER, previewing.show_style),
        _page("/rooms/{room}/rehearsal", Role.VIEWER, evening_pages.show_rehearsal),
        _page("/rooms/{room}/support", Role.VIEWER, evening_pages.show_support),
        _page("/rooms/{room}/report", Role.VIEWER, evening_pages.show_report),
        _page("/reports", Role.VIEWER, evening_pages.show_reports),
    ]


async def explain(request: Request) -> Response:
    """Explain a problem type: what is behind its `type`."""
    name = request.path_params["name"]
    kind = PROBLEMS.get(name)
    if kind is None:
        raise Problem("not-found")
    return JSONResponse({"problem": name, "status": kind.status, "title": kind.title, "advice": kind.advice})


def _call(method: str, path: str, needed: Role, endpoint: Endpoint, *, what: str | None = None) -> Route:
    # A viewer changes nothing, so what a viewer may call leaves no entry; `what` is the entry's word for the rest.
    if method != "GET" and needed is not Role.VIEWER:
        endpoint = audited(what or path.rpartition("/")[2], endpoint)
    return Route(path, allow(needed, endpoint), methods=[method])


def _page(path: str, needed: Role, endpoint: Endpoint) -> Route:
    return Route(path, pages.in_words(page(needed, endpoint)), methods=["GET"])
