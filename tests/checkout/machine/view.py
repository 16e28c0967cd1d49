"""The sale as the database has it, read in one statement."""

from dataclasses import dataclass
from typing import Any, Self

VIEW = """SELECT jsonb_build_object(
    'seats', (SELECT coalesce(jsonb_object_agg(seat, hold_id), '{}') FROM seats
        WHERE is_sold OR held_until > clock_timestamp()),
    'sold', (SELECT coalesce(jsonb_agg(seat), '[]') FROM seats WHERE is_sold),
    'live', (SELECT coalesce(jsonb_agg(hold_id), '[]') FROM holds
        WHERE state = 'live' AND expires_at > clock_timestamp()),
    'orders', (SELECT coalesce(jsonb_object_agg(order_id, status), '{}') FROM orders),
    'tickets', (SELECT coalesce(jsonb_object_agg(seat, order_id), '{}')
        FROM tickets JOIN seats USING (seat_id) WHERE is_live),
    'money', (SELECT coalesce(jsonb_object_agg(order_id, jsonb_build_array(taken, back)), '{}') FROM (
        SELECT order_id, sum(a.amount) AS taken, sum(refunded) AS back FROM sandbox.authorisations AS a
        JOIN payments USING (payment_id) WHERE a.status = 'captured' GROUP BY order_id) AS banks),
    'waiting', (SELECT coalesce(jsonb_agg(jsonb_build_array(attempt_key, step, order_id, refund_id)
            ORDER BY payment_attempts.started_at), '[]')
        FROM payment_attempts JOIN payments USING (payment_id) WHERE outcome IS NULL),
    'counts', jsonb_build_object(
        'entries', (SELECT count(*) FROM ledger WHERE what <> 'hold refreshed'),
        'keys', (SELECT count(*) FROM idempotency_keys),
        'payments', (SELECT count(*) FROM payments),
        'refunds', (SELECT count(*) FROM refunds)))"""


@dataclass(frozen=True)
class View:
    """Who has which seats, how orders stand, what the bank took and gave back, which calls to it have no answer."""

    seats: dict[str, str]
    sold: frozenset[str]
    live: frozenset[str]
    orders: dict[str, str]
    tickets: dict[str, str]
    money: dict[str, list[int]]
    waiting: list[list[str]]
    counts: dict[str, int]

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:  # Any: JSON
        """Read what the database answered."""
        return cls(**document | {name: frozenset(document[name]) for name in ("sold", "live")})
