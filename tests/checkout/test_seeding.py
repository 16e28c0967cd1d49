"""The stadium out of nothing, and a fresh round of it."""

import pytest

from checkout.seeding import STADIUM, reset_event, seed_stadium
from tests.checkout.conftest import HALL, Connection, MakeFan
from tests.checkout.fans import problem


async def count(database: Connection, query: str) -> int:
    """A count."""
    row = await (await database.execute(query.encode())).fetchone()
    assert row is not None
    return int(row[0])


async def test_a_stadium_has_some_sixty_thousand_seats(database: Connection) -> None:
    """Seats, rows and their summaries agree, and a second seeding changes nothing."""
    assert await seed_stadium(database)
    assert not await seed_stadium(database)
    seats = sum(tier.seats for tier in STADIUM)
    assert 55_000 < seats < 65_000
    assert await count(database, "SELECT count(*) FROM seats") == seats
    assert await count(database, "SELECT sum(free_seats) FROM seating_rows") == seats
    assert await count(database, "SELECT count(DISTINCT (section, row_label)) FROM seating_rows") == sum(
        len(tier.sections) * tier.rows for tier in STADIUM
    )


@pytest.mark.usefixtures("sweep")
async def test_a_fresh_round_keeps_what_was_sold(make_fan: MakeFan, database: Connection) -> None:
    """The old event keeps its orders under a dated name, its sessions end, every seat is on sale again."""
    fan = await make_fan()
    order = (await fan.bought(2)).json()
    archived = await reset_event(database, "gig")
    assert archived is not None
    assert archived.startswith("gig-")
    shown = (await fan.client.get(order["order_url"])).json()
    assert (shown["status"], shown["event"], len(shown["tickets"])) == ("paid", archived, 2)
    refused = await fan.hold_best()
    assert (problem(refused), refused.json()["reason"]) == ("admission-required", "expired")
    layout = "SELECT count(*) FROM seats JOIN events USING (event_id) WHERE event = 'gig' AND hold_id IS NULL"
    assert await count(database, layout) == sum(tier.seats for tier in HALL)
    assert await count(database, "SELECT count(*) FROM events WHERE archived_at IS NULL") == 1


async def test_a_fresh_round_sells_as_the_first_did(database: Connection, event: str) -> None:
    """The layout is the same: the same rows are best, and each round has a name of its own."""
    names = [await reset_event(database, event) for _ in range(2)]
    assert len(set(names)) == 2
    query = (
        "SELECT section, row_label, distance, runs FROM seating_rows JOIN events USING (event_id) "
        "WHERE event = %s ORDER BY 1, 2"
    )
    first = await (await database.execute(query, [names[0]])).fetchall()
    assert first == await (await database.execute(query, [event])).fetchall()


async def test_an_unknown_event_has_no_fresh_round(database: Connection) -> None:
    """What was never sold is not sold anew."""
    assert await reset_event(database, "nothing") is None
