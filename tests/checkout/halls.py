"""A small hall that has every kind of seat."""

from checkout.seeding import Connection, Tier, seed_stadium
from checkout.sql import statements

FLOOR = Tier(category="floor", name="Floor", price=5_000, sections=("F",), rows=2, seats_per_row=6, distance=10)
LAWN = Tier(category="lawn", name="Lawn", price=2_000, sections=("L",), rows=2, seats_per_row=4, distance=50)
TERRACE = Tier(category="terrace", name="Terrace", price=4_000, sections=("T",), rows=1, seats_per_row=6, distance=90)
TIERS = (FLOOR, LAWN, TERRACE)
ACCESSIBLE = ("T-A-1", "T-A-5")
COMPANION = ("T-A-2",)


async def seed_mixed_hall(connection: Connection, *, event: str, room: str, limit_per_fan: int = 4) -> None:
    """Put an event on sale: 12 floor seats, a lawn of 8 places, a terrace of 6 seats of which 3 are kept."""
    await seed_stadium(connection, event=event, room=room, tiers=TIERS, limit_per_fan=limit_per_fan)
    row = await (await connection.execute("SELECT event_id FROM events WHERE event = %s", (event,))).fetchone()
    values = {"event_id": row and row[0], "accessible": list(ACCESSIBLE), "companion": list(COMPANION)}
    for change in (
        "UPDATE categories SET is_area = true WHERE event_id = %(event_id)s AND category = 'lawn'",
        """UPDATE seats SET kind = CASE WHEN seat = ANY (%(companion)s) THEN 'companion' ELSE 'accessible' END
        WHERE event_id = %(event_id)s AND seat = ANY (%(accessible)s::text[] || %(companion)s::text[])""",
        statements("seeding")["count_rows"],
    ):
        await connection.execute(change, values)
