"""The state of every seat, compactly."""

import asyncio

import httpx

from checkout.seat_states import SeatStatesOfEvents
from checkout.seeding import seed_stadium
from checkout.services import Services
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import Fan

MAP = "/v1/events/gig/availability?map=1"


async def test_every_seat_has_its_state(make_fan: MakeFan, services: Services, database: Connection) -> None:
    """A character a seat, in the order in which the section lists them."""
    fan = await make_fan()
    await (await make_fan()).hold_seats("F-A-1")
    await fan.buy((await fan.hold_seats("F-A-8", "B-A-3")).json()["hold_id"])
    await database.execute("UPDATE seats SET kind = 'accessible' WHERE seat = 'B-A-1'")
    await database.execute("UPDATE seats SET is_blocked = true WHERE seat = 'B-A-2'")
    services.seat_states.forget()
    looking = await make_fan()
    shown = (await looking.call("GET", MAP)).json()
    assert shown["categories"] == ["balcony", "floor"]
    assert shown["sections"] == [
        {"section": "B", "rows": [["A", 0, "axs"]]},
        {"section": "F", "rows": [["A", 1, "h......s"], ["B", 1, "........"], ["C", 1, "........"]]},
    ]
    listed = (await looking.call("GET", "/v1/events/gig/availability?section=F")).json()["seats"]
    assert [seat["seat"] for seat in listed][:8] == [f"F-A-{n}" for n in range(1, 9)]


async def test_what_has_not_changed_is_not_sent_again(fan: Fan, client: httpx.AsyncClient, services: Services) -> None:
    """The tag of an answer brings 304 until a seat changes; compressed it is the same tag."""
    headers = {"Authorization": f"Bearer {fan.session}"}
    plain = await client.get(MAP, headers=headers | {"Accept-Encoding": "identity"})
    packed = await client.get(MAP, headers=headers | {"Accept-Encoding": "gzip"})
    assert plain.json() == packed.json()
    assert packed.headers["content-encoding"] == "gzip"
    known = headers | {"If-None-Match": plain.headers["etag"]}
    services.seat_states.forget()
    assert (await client.get(MAP, headers=known)).status_code == 304
    await fan.held(1)
    services.seat_states.forget()
    assert (await client.get(MAP, headers=known)).status_code == 200


async def test_however_many_ask_it_is_counted_once(fan: Fan, services: Services) -> None:
    """Fifty who ask in the same moment cost one query; within the second nobody costs another."""
    counts = 0
    rows = services.database.rows

    async def counting(*arguments: object) -> object:
        nonlocal counts
        counts += "string_agg" in str(arguments[0])
        return await rows(*arguments)  # type: ignore[arg-type]  # passed on as they came

    services.seat_states._database.rows = counting  # type: ignore[method-assign,assignment]  # the same, counted
    services.seat_states.forget()
    answers = await asyncio.gather(*(fan.call("GET", MAP) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert counts <= 2


async def test_a_stadium_fits_in_some_tens_of_kilobytes(
    services: Services, database: Connection, room_name: str
) -> None:
    """Sixty thousand seats, a tenth of them free at random."""
    await seed_stadium(database, event="stadium", room=room_name)
    await database.execute("""
        UPDATE seats SET is_sold = true, hold_id = 'x' FROM events
        WHERE events.event_id = seats.event_id AND event = 'stadium' AND hashint8(seat_id) % 10 <> 0""")
    await database.execute("SELECT count(count_row(row_id, now())) FROM seating_rows")
    availability = await services.catalogue.availability("stadium")
    assert availability is not None
    states = await SeatStatesOfEvents(services.database).of_event(availability.event)
    assert states.body.count(b".") > 3_000
    assert len(states.body) < 120_000
    assert len(states.compressed) < 40_000
