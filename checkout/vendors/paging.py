"""How long a page of a list is."""

from typing import Annotated

from pydantic import Field
from starlette.requests import Request

from waitroom.web.bodies import Body, validate

MOST = 200


class _Page(Body):
    limit: Annotated[int, Field(ge=1, le=MOST)] = 50


def page_size(request: Request) -> int:
    """Return the `?limit=` of a request; raises Problem("validation-failed")."""
    text = request.query_params.get("limit")
    if text is None:
        return _Page().limit
    return validate({"limit": int(text) if text.isdecimal() and len(text) < 10 else text}, _Page).limit
