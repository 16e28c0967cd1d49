"""The console's pages: the frame and the first state come from here, everything else by the API."""

from starlette.requests import Request
from starlette.responses import Response

from edge.console.access import Endpoint
from edge.console.documents import room_document
from edge.console.rendering import page
from edge.console.rooms import look_at
from waitroom.database import DatabaseUnavailableError
from waitroom.errors import QueueUnavailableError, RoomMissingError
from waitroom.web.problems import Problem


async def show_rooms(request: Request) -> Response:
    """The list of rooms, which its script fills and keeps fresh."""
    return page(request, "rooms.html", {})


async def show_night(request: Request) -> Response:
    """The live screen of one room."""
    return page(request, "night.html", {"room": room_document(await look_at(request))})


def in_words(endpoint: Endpoint) -> Endpoint:
    """Tell in a page, not as JSON, why there is no page."""

    async def told(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Problem as problem:
            return _message(request, problem)
        except RoomMissingError:
            return _message(request, Problem("room-missing", detail="It may have been deleted. Look at the list."))
        except QueueUnavailableError:
            return _message(request, Problem("queue-unavailable", detail="Nothing is lost. Try again in a moment."))
        except DatabaseUnavailableError:
            return _message(request, Problem("database-unavailable"))

    return told


def _message(request: Request, problem: Problem) -> Response:
    document = problem.to_json()
    return page(request, "message.html", {"problem": document}, status=problem.kind.status)
