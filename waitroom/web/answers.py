"""JSON answers about one fan: compact, and kept by no cache."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response

FOR_ONE_FAN = "private, no-store"


def private_json(
    document: Mapping[str, Any],  # Any: JSON values
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with JSON that is meant for the asker alone.

    pydantic's encoder takes a fifth of the time of the standard library's, which builds one for each call.
    """
    named = {"Cache-Control": FOR_ONE_FAN} | dict(headers or {})
    return Response(to_json(document), status_code=status, headers=named, media_type="application/json")
