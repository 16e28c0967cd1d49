"""JSON answers about one fan: compact, and kept by no cache."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

FOR_ONE_FAN = "private, no-store"
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def private_json(
    document: Mapping[str, Any],  # Any: JSON values
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with JSON that is meant for the asker alone.

    One encoder serves all answers: Starlette's JSONResponse builds one each time.
    """
    named = {"Cache-Control": FOR_ONE_FAN} | dict(headers or {})
    return Response(_encode(document), status_code=status, headers=named, media_type="application/json")
