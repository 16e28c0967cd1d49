"""Static files: read, squeezed, named by their content and compressed once."""

import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePath
from typing import Self

from starlette.requests import Request
from starlette.responses import Response

from edge.squeezing import squeeze_script, squeeze_style
from waitroom.web.problems import Problem

FOR_EVER = "public, max-age=31536000, immutable"
"""The name changes with the content, so what is kept under a name never ages."""

SCRIPT = "waiting.js"
PARTS = ("rules", "looking", "acting", "showing")

# Not from `mimetypes`, which asks the machine.
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One file as it is sent."""

    path: str
    media_type: str
    body: bytes
    gzipped: bytes

    @classmethod
    def of(cls, name: str, body: bytes) -> Self:
        """Name a file by its content, as `/static/waiting.1a2b3c4d.js`."""
        pure = PurePath(name)
        mark = hashlib.sha256(body).hexdigest()[:10]
        return cls(
            path=f"/static/{pure.stem}.{mark}{pure.suffix}",
            media_type=MEDIA_TYPES[pure.suffix],
            body=body,
            gzipped=compress(body),
        )


def script() -> str:
    """The script of the waiting page: one module, written in parts that know each other's names."""
    folder = files("edge").joinpath("static", "waiting")
    return "\n".join(folder.joinpath(f"{part}.js").read_text() for part in PARTS)


class Assets:
    """Every file of `edge/static`, by its own name and by its address."""

    def __init__(self, assets: Mapping[str, Asset]) -> None:
        self._by_name = dict(assets)
        self._by_path = {asset.path: asset for asset in assets.values()}

    @classmethod
    def load(cls) -> Self:
        """Read the folder."""
        folder = files("edge").joinpath("static")
        found = {entry.name: entry.read_text() for entry in folder.iterdir() if entry.is_file()} | {SCRIPT: script()}
        return cls({name: Asset.of(name, _squeeze(name, text)) for name, text in found.items()})

    def path_of(self, name: str) -> str:
        """Return the address of a file."""
        return self._by_name[name].path

    def text_of(self, name: str) -> str:
        """Return the text of a file, as it is sent."""
        return self._by_name[name].body.decode()

    async def serve(self, request: Request) -> Response:
        """Answer with a file."""
        asset = self._by_path.get(request.url.path)
        if asset is None:
            raise Problem("not-found")
        headers = {"Cache-Control": FOR_EVER}
        return encoded(request, asset.body, asset.gzipped, media_type=asset.media_type, headers=headers)


def compress(body: bytes) -> bytes:
    """Compress as small as it goes; the same bytes give the same result."""
    return gzip.compress(body, compresslevel=9, mtime=0)


def encoded(request: Request, plain: bytes, gzipped: bytes, *, media_type: str, headers: Mapping[str, str]) -> Response:
    """Answer in the encoding that the client takes."""
    is_gzip = _accepts_gzip(request.headers.get("accept-encoding", ""))
    encoding = {"Content-Encoding": "gzip"} if is_gzip else {}
    return Response(
        gzipped if is_gzip else plain,
        media_type=media_type,
        headers={"Vary": "Accept-Encoding", **headers, **encoding},
    )


def _accepts_gzip(header: str) -> bool:
    offers = (offer.replace(" ", "").partition(";") for offer in header.lower().split(","))
    return any(name in {"gzip", "*"} and not re.fullmatch(r"q=0(\.0*)?", rest) for name, _, rest in offers)


def _squeeze(name: str, text: str) -> bytes:
    squeeze = _SQUEEZERS.get(PurePath(name).suffix)
    return (squeeze(text) if squeeze else text).encode()


_SQUEEZERS: Mapping[str, Callable[[str], str]] = {".js": squeeze_script, ".css": squeeze_style}
