"""The logo of a room: uploaded as a picture, kept in the room's slot of the store, named by its content."""

from starlette.requests import Request
from starlette.responses import Response

from edge.brand import MEDIA_TYPES
from edge.console.documents import wrong_field
from edge.console.rooms import apply, look_at, queue_of
from waitroom.branding import LOGO_BYTES, Branding, logo_name
from waitroom.errors import RoomMissingError
from waitroom.queue import Snapshot
from waitroom.web.answers import FOR_ONE_FAN
from waitroom.web.problems import Problem


async def put_logo(request: Request) -> Response:
    """Take a picture as the room's logo, and answer with the room as it is then."""
    snapshot, picture = await look_at(request), await request.body()
    if len(picture) > LOGO_BYTES:
        raise wrong_field("body", f"a logo has at most {LOGO_BYTES // 1024} KiB")
    name = logo_name(picture)
    if name is None:
        raise wrong_field("body", "a logo is a PNG, JPEG or WebP file")
    return await _show(request, snapshot, name, picture)


async def show_logo(request: Request) -> Response:
    """The logo in force, as it was uploaded."""
    snapshot = await look_at(request)
    branding = snapshot.settings.branding
    name = branding.logo if branding else None
    picture = await queue_of(request).read_logo(snapshot.room, name) if name else None
    if name is None or picture is None:
        raise Problem("not-found")
    media_type = MEDIA_TYPES[name.rpartition(".")[2]]
    return Response(picture, media_type=media_type, headers={"Cache-Control": FOR_ONE_FAN})


async def delete_logo(request: Request) -> Response:
    """Take the logo away, and answer with the room as it is then."""
    return await _show(request, await look_at(request), None, b"")


async def _show(request: Request, snapshot: Snapshot, name: str | None, picture: bytes) -> Response:
    # The bytes go first: settings never name a picture that is not there.
    branding = snapshot.settings.branding or Branding()
    queue, in_force = queue_of(request), branding.logo or ""
    if not await queue.logo(snapshot.room, in_force=in_force, digest=name or "", picture=picture, epoch=snapshot.epoch):
        raise RoomMissingError(snapshot.room)
    changed = branding.model_copy(update={"logo": name})
    return await apply(request, snapshot, {"branding": changed}, expected=snapshot.version)
