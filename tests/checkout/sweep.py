"""What must be so of the whole database, whatever happened: each rule is a query that finds those who break it."""

from typing import Any

import psycopg

from checkout.sql import statements

# The rules of `waitroom ledger check` come first; these look at holds, and behind the provider's counter, besides.
RULES = {
    "a seat is in two live holds": """
        SELECT seat_id FROM hold_seats JOIN holds USING (hold_id)
        WHERE (state = 'live' AND expires_at > clock_timestamp()) OR (state = 'secured' AND EXISTS (
            SELECT FROM tickets JOIN orders USING (order_id)
            WHERE orders.hold_id = holds.hold_id AND tickets.seat_id = hold_seats.seat_id AND is_live))
        GROUP BY seat_id HAVING count(*) > 1""",
    "a live hold lacks one of its seats": """
        SELECT holds.hold_id FROM hold_seats JOIN holds USING (hold_id) JOIN seats USING (seat_id)
        WHERE state = 'live' AND expires_at > clock_timestamp() AND seats.hold_id IS DISTINCT FROM holds.hold_id""",
    "a fan has more than the limit": """
        SELECT session_id FROM sessions JOIN events USING (room)
        WHERE seats_of_fan(session_id, event_id) > limit_per_fan""",
    "a row's summary is not what its seats are": """
        SELECT row_label FROM seating_rows WHERE next_expiry > clock_timestamp()
        AND (free_seats, kept_free, unsold_seats + kept_unsold, sold_seats) <> (
            SELECT count(*) FILTER (WHERE is_for_all(seats, clock_timestamp())),
                count(*) FILTER (WHERE is_free(seats, clock_timestamp()) AND kind <> 'standard'),
                count(*) FILTER (WHERE NOT is_sold AND NOT is_blocked), count(*) FILTER (WHERE is_sold)
            FROM seats WHERE seats.row_id = seating_rows.row_id)""",
    "a total is not what its lines add up to": """
        SELECT hold_id FROM holds WHERE amount <> (
            SELECT sum((line ->> 'amount')::bigint) FROM jsonb_array_elements(lines) AS line
            WHERE line ->> 'included' IS DISTINCT FROM 'true')""",
    "hold and order disagree on the money": """
        SELECT order_id FROM orders JOIN holds USING (hold_id)
        WHERE (orders.amount, orders.currency, orders.lines) <> (holds.amount, holds.currency, holds.lines)""",
    "an order is paid and the money is not there": """
        SELECT orders.order_id FROM orders WHERE status IN ('paid', 'partly_refunded') AND amount <> coalesce((
            SELECT sum(taken.amount) FROM sandbox.authorisations AS taken JOIN payments USING (payment_id)
            WHERE payments.order_id = orders.order_id AND taken.status = 'captured'), 0)""",
    "money was taken for an order that is not paid": """
        SELECT orders.order_id FROM sandbox.authorisations AS taken JOIN payments USING (payment_id)
        JOIN orders USING (order_id)
        WHERE taken.status = 'captured' AND orders.status NOT IN ('paid', 'secured', 'partly_refunded')
            AND taken.amount > taken.refunded""",
    "more or less was given back than the refunds say": """
        SELECT payments.order_id FROM sandbox.authorisations AS taken JOIN payments USING (payment_id)
        WHERE taken.refunded <> (SELECT coalesce(sum(amount), 0) FROM refunds
            WHERE refunds.payment_id = payments.payment_id AND status = 'refunded')""",
}


class Sweep:
    """Checks every rule."""

    def __init__(self, database: psycopg.AsyncConnection[Any]) -> None:  # Any: rows of any shape
        self._database = database

    async def broken(self) -> dict[str, list[Any]]:  # Any: whatever a rule names
        """Return the rules that are broken, and by what."""
        found = {}
        ledger = {name.replace("_", " "): rule.replace("%%", "%") for name, rule in statements("ledger").items()}
        for rule, query in (ledger | RULES).items():
            rows = await (await self._database.execute(query.encode())).fetchall()
            if rows:
                found[rule] = rows
        return found

    async def check(self) -> None:
        """Fail when a rule is broken."""
        assert await self.broken() == {}

    async def count(self, query: str, *values: object) -> int:
        """Count, to be sure that something happened."""
        row = await (await self._database.execute(query, values or None)).fetchone()
        assert row is not None
        return int(row[0])


async def expire(database: psycopg.AsyncConnection[Any], hold_id: str) -> None:  # Any: rows of any shape
    """Let a hold have ended a second ago."""
    past = "clock_timestamp() - interval '1 second'"
    await database.execute(f"UPDATE holds SET expires_at = {past} WHERE hold_id = %s", [hold_id])
    await database.execute(f"UPDATE seats SET held_until = {past} WHERE hold_id = %s AND NOT is_sold", [hold_id])
    await database.execute(f"UPDATE seating_rows SET next_expiry = least(next_expiry, {past})")
