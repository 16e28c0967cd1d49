"""What the database refused, as the problem that a client is told: one table."""

from collections.abc import Callable, Mapping

from checkout.holds import Refused
from checkout.values import Document, moment
from waitroom.web.problems import Problem


def problem_of(refused: Refused) -> Problem:
    """Return the problem of a refusal."""
    return _PROBLEMS[refused.reason](refused.detail)


def _all_in_carts(detail: Document) -> Problem:
    seconds = int(detail["retry_after"])
    return Problem("all-in-carts", retry_after=seconds, headers={"Retry-After": str(seconds)})


def _sent_often(detail: Document) -> Problem:
    return Problem("sent-often", headers={"Retry-After": str(int(detail["retry_after"]))})


def _sold_out(detail: Document) -> Problem:
    left = int(detail["seats_left"])
    text = None if left == 0 else f"Only {left} of this kind {'is' if left == 1 else 'are'} left."
    return Problem("sold-out", detail=text, seats_left=left)


def _hold_limit(detail: Document) -> Problem:
    limit, taken = int(detail["limit"]), int(detail["taken"])
    text = f"One fan may have {limit} seats; you have {taken}."
    return Problem("hold-limit", detail=text, limit=limit, taken=taken)


def _wrong_field(field: str, problem: str) -> Problem:
    return Problem("validation-failed", detail=f"Wrong: {field}.", errors=[{"field": field, "problem": problem}])


def _running(_detail: Document) -> Problem:
    return Problem("idempotency-key-running", headers={"Retry-After": "1"})


def _unavailable(detail: Document) -> Problem:
    return Problem("seats-unavailable", seats=detail["seats"], reason=detail["reason"])


def _not_on_sale_yet(detail: Document) -> Problem:
    return Problem("not-on-sale-yet", on_sale_at=moment(detail, "on_sale_at_ms"))


def _has_order(detail: Document) -> Problem:
    known = {name: detail[name] for name in ("order_id", "order_url") if name in detail}
    return Problem("hold-has-order", **known)


_PROBLEMS: Mapping[str, Callable[[Document], Problem]] = {
    "running": _running,
    "key-reused": lambda _: Problem("idempotency-key-reused"),
    "event-missing": lambda _: Problem("event-missing"),
    "category-missing": lambda _: _wrong_field("category", "This event has no such category."),
    "seats-unknown": lambda detail: _wrong_field("seats", f"There are no such seats: {', '.join(detail['seats'])}."),
    "not-on-sale-yet": _not_on_sale_yet,
    "event-cancelled": lambda _: Problem("event-cancelled"),
    "accessible-only": lambda detail: Problem("accessible-only", seats=detail["seats"]),
    "hold-limit": _hold_limit,
    "seats-unavailable": _unavailable,
    "all-in-carts": _all_in_carts,
    "sold-out": _sold_out,
    "hold-missing": lambda _: Problem("hold-missing"),
    "hold-expired": lambda _: Problem("hold-expired"),
    "hold-has-order": _has_order,
    "order-missing": lambda _: Problem("order-missing"),
    "no-tickets": lambda _: Problem("no-tickets"),
    "sent-often": _sent_often,
    "nothing-to-confirm": lambda detail: Problem("nothing-to-confirm", status_of_order=detail["status"]),
    "order-not-refundable": lambda detail: Problem("order-not-refundable", status_of_order=detail["status"]),
    "lines-not-refundable": lambda detail: Problem("lines-not-refundable", lines=detail["lines"]),
    "order-not-cancellable": lambda detail: Problem("order-not-cancellable", status_of_order=detail["status"]),
}
