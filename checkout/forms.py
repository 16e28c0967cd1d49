"""What all pages with forms do alike: read one, know it again by its hidden key, lead on to another page."""

import secrets
from typing import TypeVar

from pydantic import BaseModel
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from waitroom.web.bodies import validate
from waitroom.web.problems import Problem

M = TypeVar("M", bound=BaseModel)


def read_form(form: FormData, model: type[M], **more: str) -> M:
    """Return what was filled in as `model`, with `more` beside it; raises Problem("validation-failed")."""
    fields: dict[str, object] = {name: form[name] for name in model.model_fields if form.get(name)}
    return validate(fields | more, model)


def typed(form: FormData | None, field: str) -> str:
    """Return what was typed into a field, to be shown again."""
    return "" if form is None else str(form.get(field, ""))


def new_key() -> str:
    """Make the hidden key of a form: sent twice, it is the same call."""
    return secrets.token_urlsafe(24)


def form_key(form: FormData) -> str:
    """Return the hidden key; raises Problem("idempotency-key-missing")."""
    key = str(form.get("key", ""))
    if not 16 <= len(key) <= 128 or not key.isprintable():
        raise Problem("idempotency-key-missing")
    return key


def go_to(url: str, *, status: int = 303) -> Response:
    """Lead the browser on."""
    return RedirectResponse(url, status_code=status, headers={"Cache-Control": "private, no-store"})
