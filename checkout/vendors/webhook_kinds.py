"""What vendors are called about, and which status of an order it follows from."""

from collections.abc import Mapping
from enum import StrEnum

from checkout.orders import OrderStatus


class WebhookKind(StrEnum):
    """The types of webhooks, as their payload names them."""

    ORDER_PAID = "order.paid"
    ORDER_REFUNDED = "order.refunded"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_VOIDED = "order.voided"
    EVENT_MOVED = "event.moved"
    EVENT_CANCELLED = "event.cancelled"


ANNOUNCED: Mapping[OrderStatus, WebhookKind] = {
    OrderStatus.PAID: WebhookKind.ORDER_PAID,
    OrderStatus.CANCELLED: WebhookKind.ORDER_CANCELLED,
    OrderStatus.EXPIRED: WebhookKind.ORDER_CANCELLED,
    OrderStatus.VOIDED: WebhookKind.ORDER_VOIDED,
    # Refunds are announced by their own rows, each with its amount.
}
"""The one table; `migrations.upgrade` copies it for the trigger."""
