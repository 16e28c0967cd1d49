"""The console's scripts, style and icon: under their plain names, so that modules import each other by them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePath
from typing import Self

from starlette.requests import Request
from starlette.responses import Response

from edge.assets import compress, encoded
from waitroom.web.problems import Problem

MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True, kw_only=True)
class StaticFile:
    """One file as it is sent; `etag` is weak, since the same file goes out in two encodings."""

    media_type: str
    body: bytes
    gzipped: bytes
    etag: str

    @classmethod
    def of(cls, name: str, body: bytes) -> Self:
        """Compress a file once."""
        etag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
        return cls(media_type=MEDIA_TYPES[PurePath(name).suffix], body=body, gzipped=compress(body), etag=etag)


class StaticFiles:
    """Every file of `edge/console/static`."""

    def __init__(self, found: Mapping[str, StaticFile]) -> None:
        self._files = dict(found)

    @classmethod
    def load(cls) -> Self:
        """Read the folder."""
        folder = files("edge").joinpath("console", "static")
        return cls({entry.name: StaticFile.of(entry.name, entry.read_bytes()) for entry in folder.iterdir()})

    def find(self, name: str) -> StaticFile | None:
        """The file of this name."""
        return self._files.get(name)


async def serve(request: Request) -> Response:
    """Answer with a file, or with 304 to who has it; each load asks, so that no two modules are of different ages."""
    kept: StaticFiles = request.app.state.static_files
    found = kept.find(request.path_params["name"])
    if found is None:
        raise Problem("not-found")
    headers = {"Cache-Control": "no-cache", "ETag": found.etag}
    if found.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return encoded(request, found.body, found.gzipped, media_type=found.media_type, headers=headers)
