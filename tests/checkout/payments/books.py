"""What must be so between the checkout's rows and Stripe's own books, whatever happened on the way."""

from typing import Any

from tests.checkout.conftest import Connection
from tests.checkout.payments.fault_proxy import FaultProxy
from tests.checkout.sweep import Sweep

OF_THE_SANDBOX = "an order is paid and the money is not there"
PAID = ("paid", "partly_refunded", "refunded")
ORDERS = """
SELECT payment_id, orders.status, orders.amount, (
    SELECT coalesce(sum(order_lines.amount), 0)::bigint FROM tickets JOIN order_lines USING (order_id, line)
    WHERE tickets.order_id = orders.order_id AND is_live)
FROM orders JOIN payments USING (order_id)"""


class Books:
    """Checkout and Stripe, side by side."""

    def __init__(self, database: Connection, proxy: FaultProxy) -> None:
        self._database = database
        self._proxy = proxy

    async def broken(self) -> list[Any]:  # Any: whatever a rule names
        """Return where the two disagree: money without a ticket, a ticket without money, more or less than due."""
        found: list[Any] = [
            (rule, rows) for rule, rows in (await Sweep(self._database).broken()).items() if rule != OF_THE_SANDBOX
        ]
        rows = await (await self._database.execute(ORDERS.encode())).fetchall()
        taken = {payment: await self._taken(payment) for payment, *_ in rows}
        for payment, status, amount, worth in rows:
            captured, kept, reserved = taken[payment]
            is_taken = status in PAID and captured > 0
            if (
                captured not in {0, amount}
                or (captured > 0) != is_taken
                or reserved > 0
                or (is_taken and kept != worth)
            ):
                found.append((payment, status, amount, worth, taken[payment]))
        paid = await self._database.execute("SELECT order_id FROM orders WHERE status = ANY (%s)", [list(PAID)])
        for (order,) in await paid.fetchall():
            if sum(money[0] > 0 for payment, money in taken.items() if payment.startswith(f"{order}.")) != 1:
                found.append((order, "is not paid once"))
        return found

    async def standings(self) -> list[str]:
        """How Stripe's PaymentIntents stand."""
        return [intent["status"] for intent in await self._proxy.books()]

    async def _taken(self, payment: str) -> tuple[int, int, int]:
        # Captured, what is left of that after refunds, and still reserved.
        ours = [intent for intent in await self._proxy.books() if intent["metadata"]["payment_id"] == payment]
        done = [intent for intent in ours if intent["status"] == "succeeded"]
        captured = sum(intent["amount"] for intent in done)
        reserved = sum(intent["amount"] for intent in ours if intent["status"] == "requires_capture")
        return captured, captured - sum(intent["refunded"] for intent in done), reserved
