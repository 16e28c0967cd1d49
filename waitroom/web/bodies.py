"""Reading bodies: JSON into a model that refuses what it does not know."""

import json
from functools import cache
from typing import TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from waitroom.web.limits import WHOLE_BODY
from waitroom.web.problems import Problem

SHORTEST_KEY = 16
LONGEST_KEY = 128


class Body(BaseModel):
    """The base of all request bodies: unknown fields are errors, values are not coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


B = TypeVar("B", bound=BaseModel)


async def read_json(request: Request, model: type[B]) -> B:
    """Return the body as `model`; an empty body counts as `{}`.

    Raises Problem("malformed-body") when it is no JSON object and Problem("validation-failed") that names
    each wrong field.
    """
    raw: bytes | None = request.scope.get(WHOLE_BODY)
    if raw is None:
        raw = await request.body()
    if raw in {b"", b"{}"}:
        return cast(B, _empty(model))
    try:
        document = json.loads(raw) if raw.strip() else {}
    except (ValueError, RecursionError) as broken:
        raise Problem("malformed-body", detail="The body is not JSON.") from broken
    if not isinstance(document, dict):
        raise Problem("malformed-body", detail="The body is not a JSON object.")
    return validate(document, model)


@cache
def _empty(model: type[BaseModel]) -> BaseModel:
    # Bodies are frozen, so all that are empty can be one; a model that needs a field raises each time.
    return validate({}, model)


def validate(document: dict[str, object], model: type[B]) -> B:
    """Return `document` as `model`, or raise Problem("validation-failed")."""
    try:
        return model.model_validate(document)
    except ValidationError as wrong:
        raise refusal(wrong) from None


def refusal(wrong: ValidationError, *, under: str = "") -> Problem:
    """The Problem("validation-failed") that names each wrong field; `under` is the member that they belong to."""
    errors = [
        {"field": under + ".".join(str(part) for part in error["loc"]) or "body", "problem": error["msg"]}
        for error in wrong.errors(include_url=False, include_input=False, include_context=False)
    ]
    fields = ", ".join(error["field"] for error in errors)
    return Problem("validation-failed", detail=f"Wrong: {fields}.", errors=errors)


def idempotency_key(request: Request, *, is_required: bool = True) -> str | None:
    """Return the Idempotency-Key (IETF draft 07; quotes of a structured header are taken off).

    Raises Problem("idempotency-key-missing") or Problem("idempotency-key-invalid").
    """
    key = request.headers.get("idempotency-key", "").strip().strip('"')
    if not key:
        if is_required:
            raise Problem("idempotency-key-missing")
        return None
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Problem("idempotency-key-invalid")
    return key
