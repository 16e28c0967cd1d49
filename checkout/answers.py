"""What the checkout answers about orders: one rendering, for the first reply and for the one kept under its key."""

from dataclasses import dataclass

from checkout.orders import OrderStatus
from checkout.values import Document, Money, moment
from waitroom.web.problems import Problem


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A status and a JSON body."""

    status: int
    body: Document

    @property
    def outcome(self) -> str:
        """The order's status, or the name of the problem."""
        kind = self.body.get("type")
        return str(self.body["status"] if kind is None else kind).removeprefix("/problems/")


def problem_answer(problem: Problem) -> Answer:
    """Turn a problem into an answer that can be kept."""
    return Answer(status=problem.kind.status, body=problem.to_json())


class OrderAnswers:
    """Renders orders; `base_url` is where fans reach the checkout."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    def order_url(self, order: Document) -> str:
        """Return the order's secret address: it answers JSON, and to a browser the page."""
        return f"{self._base_url}/v1/orders/{order['order_id']}?secret={order['secret']}"

    def order(self, order: Document, *, status: int = 200) -> Answer:
        """Render an order."""
        body = {
            "order_id": order["order_id"],
            "order_url": self.order_url(order),
            "event": order["event"],
            "status": order["status"],
            "guaranteed": OrderStatus(order["status"]).is_guaranteed,
            "tickets": order["tickets"],
            "lines": order["charged"],
            "total": Money.of(order).to_json(),
            "created_at": moment(order, "created_at_ms"),
        }
        return Answer(status=status, body=body)

    def payment(self, payment: Document) -> Answer:
        """Say what came of a try to pay, as its rows have it."""
        order = payment["order"]
        if payment["status"] in {"declined", "failed"}:
            return self.declined(payment)
        match OrderStatus(order["status"]):
            case OrderStatus.NEEDS_ACTION:
                return self.action_required(order, next_action=payment["next_action"])
            case OrderStatus.EXPIRED | OrderStatus.CANCELLED:
                return problem_answer(Problem("hold-expired"))
            case OrderStatus.AUTHORISING | OrderStatus.UNKNOWN | OrderStatus.SECURED:
                return self.pending(order)
            case OrderStatus.PAID | OrderStatus.PARTLY_REFUNDED | OrderStatus.REFUNDED:
                return self.order(order, status=201)
            case impossible:
                raise AssertionError(f"An order is {impossible} though its payment was not refused.")

    def pending(self, order: Document) -> Answer:
        """Say that the outcome is not known yet, and where it will be seen."""
        status = OrderStatus(order["status"])
        body = {
            "order_id": order["order_id"],
            "order_url": self.order_url(order),
            "status": status,
            "guaranteed": status.is_guaranteed,
            "detail": "We are waiting for the bank. Do not pay again; look at order_url.",
        }
        return Answer(status=202, body=body)

    def declined(self, payment: Document) -> Answer:
        """Say that the payment was declined and how long the seats are kept for another try.

        A bank that did not honour its authorisation is told in the same way; then nothing is kept.
        """
        order = payment["order"]
        has_failed = payment["status"] == "failed"
        problem = Problem(
            "payment-declined",
            code="capture_failed" if has_failed else payment["failure"],
            retryable=bool(payment["is_retryable"]) and not has_failed,
            hold_expires_at=moment(order, "hold_expires_at_ms"),
            order_id=order["order_id"],
        )
        return problem_answer(problem)

    def action_required(self, order: Document, *, next_action: Document) -> Answer:
        """Say what the bank wants the buyer to do."""
        url = self.order_url(order)
        problem = Problem("payment-action-required", next_action=next_action, order_url=url, order_id=order["order_id"])
        return problem_answer(problem)
