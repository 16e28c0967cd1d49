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
            "total": Money.of(order).to_json(),
            "created_at": moment(order, "created_at_ms"),
        }
        return Answer(status=status, body=body)

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

    def declined(self, order: Document, *, code: str, is_retryable: bool) -> Answer:
        """Say that the payment was declined and how long the seats are kept for another try."""
        problem = Problem(
            "payment-declined",
            code=code,
            retryable=is_retryable,
            hold_expires_at=moment(order, "hold_expires_at_ms"),
            order_id=order["order_id"],
        )
        return problem_answer(problem)

    def hold_expired(self) -> Answer:
        """Say that the hold ended before the seats were the buyer's."""
        return problem_answer(Problem("hold-expired"))

    def capture_failed(self, order: Document) -> Answer:
        """Say that the bank did not honour its authorisation."""
        return self.declined(order, code="capture_failed", is_retryable=False)

    def action_required(self, order: Document, *, next_action: Document) -> Answer:
        """Say what the bank wants the buyer to do."""
        url = self.order_url(order)
        return problem_answer(Problem("payment-action-required", next_action=next_action, order_url=url))
