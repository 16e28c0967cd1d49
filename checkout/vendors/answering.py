"""What the vendors' endpoints do alike: make something once, answer, turn refusals into problems."""

from starlette.requests import Request
from starlette.responses import Response

from checkout.holds import Refused
from checkout.refusals import problem_of
from checkout.services import services_of
from checkout.values import Document
from checkout.vendors.access import vendor_of
from checkout.vendors.making import Make, VendorCall, make_once
from waitroom.web.answers import private_json
from waitroom.web.bodies import idempotency_key
from waitroom.web.limits import WHOLE_BODY
from waitroom.web.problems import Problem


async def answer_made(request: Request, make: Make) -> Response:
    """Make something once for the key of the request, and answer with it."""
    key = idempotency_key(request)
    assert key is not None
    vendor_id, body = vendor_of(request).vendor_id, request.scope.get(WHOLE_BODY, b"")
    call = VendorCall.of(vendor_id, key=key, path=str(request.url.path), body=body)
    made = await make_once(services_of(request).selling.database, call, make)
    return private_json(accepted(made), status=201)


def answer(result: Document | Refused) -> Response:
    """Answer with what came of a call."""
    return private_json(accepted(result))


def accepted(result: Document | Refused) -> Document:
    """Return what was not refused; raises the problem of what was."""
    if isinstance(result, Refused):
        raise vendor_problem(result)
    return result


def found(document: Document | None, *, missing: str) -> Document:
    """Return what there is; raises the problem `missing` when there is nothing."""
    if document is None:
        raise Problem(missing)
    return document


def vendor_problem(refused: Refused) -> Problem:
    """Return the problem of a refusal."""
    match refused.reason:
        case "in-use":
            return _in_use(refused.detail)
        case "stale-version":
            return Problem("stale-version", version=refused.detail["version"])
        case "invalid":
            errors = refused.detail["errors"]
            fields = ", ".join(error["field"] for error in errors)
            return Problem("validation-failed", detail=f"Wrong: {fields}.", errors=errors)
        case "venue-missing" | "seat-map-missing" | "category-missing" | "name-taken":
            return Problem(refused.reason)
        case _:
            return problem_of(refused)


ADVICE = {
    "events": "Events take place there: delete them first.",
    "orders": "It has been ordered: that can no longer change. An event can be moved, or cancelled, instead.",
    "holds": "It is or was in somebody's cart: try again later, or block the seats instead.",
}


def _in_use(detail: Document) -> Problem:
    more = {name: detail[name] for name in ("events", "fields", "rows") if name in detail}
    return Problem("in-use", detail=ADVICE[detail["reason"]], reason=detail["reason"], **more)
