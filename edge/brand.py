"""Brand: the style and the logo of a room, from memory, each named by its content."""

from collections import OrderedDict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from edge.assets import FOR_EVER
from edge.boards import Boards
from waitroom.branding import LOGO_NAME, Branding, address_of_style, style_of
from waitroom.queue import Queue
from waitroom.queue.keys import is_room_name
from waitroom.web.problems import Problem

FOR_A_MOMENT = "public, max-age=5"
MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
MOST_LOGOS = 256
"""At 32 KiB each, 8 MB."""
LogoKey = tuple[str, str]


def routes() -> list[BaseRoute]:
    """The addresses of a room's brand."""
    return [
        Route("/r/{room}/brand.{mark}.css", serve_style),
        Route("/r/{room}/logo.{name}", serve_logo),
    ]


class Logos:
    """Pictures that were read once from the store, the ones asked for last."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._kept: OrderedDict[LogoKey, bytes] = OrderedDict()

    async def read(self, room: str, name: str) -> bytes | None:
        """The bytes of a picture; its name is the hash of them, so what was read once stays true.

        Raises QueueUnavailableError for one that this edge has not read yet, while the store is away.
        """
        picture = self._kept.get((room, name))
        if picture is None:
            picture = await self._queue.read_logo(room, name)
            if picture is None:
                return None
            self._kept[room, name] = picture
        self._kept.move_to_end((room, name))
        while len(self._kept) > MOST_LOGOS:
            self._kept.popitem(last=False)
        return picture


async def serve_style(request: Request) -> Response:
    """Answer with the room's colours; a page of a moment ago asks for those of before and gets these, for a moment."""
    room = request.path_params["room"]
    branding = _branding(request, room)
    if branding is None or branding.colours is None:
        raise Problem("not-found")
    is_this = request.url.path == address_of_style(room, branding.colours)
    headers = {"Cache-Control": FOR_EVER if is_this else FOR_A_MOMENT}
    return Response(style_of(branding.colours), media_type="text/css", headers=headers)


async def serve_logo(request: Request) -> Response:
    """Answer with the room's logo, or with the one of before as long as the store has it."""
    room, name = request.path_params["room"], request.path_params["name"]
    _branding(request, room)
    logos: Logos = request.app.state.logos
    picture = await logos.read(room, name) if is_room_name(room) and LOGO_NAME.fullmatch(name) else None
    if picture is None:
        raise Problem("not-found")
    return Response(picture, media_type=MEDIA_TYPES[name.rpartition(".")[2]], headers={"Cache-Control": FOR_EVER})


def _branding(request: Request, room: str) -> Branding | None:
    boards: Boards = request.app.state.boards
    return boards.get(room).snapshot.settings.branding
