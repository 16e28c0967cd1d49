"""What must be true of a sale, read off what its fans saw."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import Any

import psycopg

from loadtests.answers import FanRecord
from waitroom.tokens import decode_base64url, verify_proof

LIVE_TICKETS = """
    SELECT seats.seat FROM tickets JOIN seats USING (seat_id) WHERE tickets.is_live ORDER BY seats.seat
"""
WINDOWS_SECONDS = (0.5, 1, 2, 5, 10, 30)


def order_broken(records: Sequence[FanRecord], scores: dict[str, int]) -> list[str]:
    """Name the fans whose turn came before that of somebody ahead of them."""
    in_line = sorted(records, key=lambda record: scores[_fan(record)])
    latest, broken = 0, []
    for record in in_line:
        assert record.admitted is not None
        assert record.admitted.admitted_at_ms is not None
        if record.admitted.admitted_at_ms < latest:
            broken.append(_fan(record))
        latest = max(latest, record.admitted.admitted_at_ms)
    return broken


def most_above_due(moments_ms: Sequence[int], *, per_minute: float) -> float:
    """By how much any window of time holds more entries than rate and depth allow; at most 0 when all is well.

    w seconds hold at most w R/60 + d entries with d = max(1, R/60). Moments are whole milliseconds, rounded up:
    a window is taken a millisecond wider.
    """
    moments = sorted(moments_ms)
    depth = max(1.0, per_minute / 60)
    worst = float("-inf")
    for window in WINDOWS_SECONDS:
        due = (window + 0.001) * per_minute / 60 + depth
        for at, moment in enumerate(moments):
            entries = bisect_left(moments, moment + window * 1000 + 0.5) - at
            worst = max(worst, entries - due)
    return worst


def tokens_per_fan(records: Sequence[FanRecord]) -> Counter[str]:
    """How many different moments of entry each fan was given."""
    moments = {(_fan(record), record.claim.enter_at_ms) for record in records if record.claim is not None}
    return Counter(fan for fan, _ in moments)


async def sold_seats(database_url: str) -> list[str]:
    """The seats of all live tickets, from the database."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        rows = await (await connection.execute(LIVE_TICKETS)).fetchall()
    return [str(row[0]) for row in rows]


def seats_in_proofs(records: Sequence[FanRecord], keys: dict[str, Any]) -> list[str]:  # Any: JSON values
    """The seats that the fans' proofs name; each proof is verified against the published keys."""
    public = {key["kid"]: decode_base64url(key["x"]) for key in keys["keys"]}
    seats = []
    for record in records:
        assert record.order is not None
        for ticket in record.order.tickets:
            payload = verify_proof(ticket.proof, purpose="ticket", public=public)
            assert payload["seat"] == ticket.seat
            seats.append(ticket.seat)
    return seats


def _fan(record: FanRecord) -> str:
    assert record.joined is not None
    return record.joined.fan_id
