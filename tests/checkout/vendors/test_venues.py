"""Venues and seat maps, made and changed by their vendor alone."""

import asyncio

import pytest

from tests.checkout.conftest import Connection
from tests.checkout.fans import a_key, problem
from tests.checkout.vendors.conftest import MakeSeller
from tests.checkout.vendors.seller import HALL, Seller


async def test_a_venue_is_made_shown_changed_and_deleted(seller: Seller) -> None:
    """Each change is of the version that was seen."""
    made = await seller.made("/venues", {"name": "Old Hall"})
    path = f"/venues/{made['venue']}"
    assert (await seller.call("GET", path)).json() == made
    changed = await seller.changed(path, {"version": 1, "address": "1 River Street"})
    assert changed == made | {"address": "1 River Street", "version": 2}
    stale = await seller.call("PATCH", path, {"version": 1, "name": "Other"})
    assert (stale.status_code, problem(stale), stale.json()["version"]) == (409, "stale-version", 2)
    assert (await seller.call("GET", "/venues")).json() == {"venues": [changed]}
    assert (await seller.call("DELETE", path)).status_code == 204
    assert problem(await seller.call("GET", path)) == "venue-missing"


async def test_two_who_change_the_same_version_do_not_overwrite_one_another(seller: Seller) -> None:
    """One of both is told that it came second."""
    path = f"/venues/{(await seller.made('/venues', {'name': 'Old Hall'}))['venue']}"
    bodies = [{"version": 1, "name": name} for name in ("One", "Two")]
    answers = await asyncio.gather(*(seller.call("PATCH", path, body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_names_are_a_vendors_own(seller: Seller, make_seller: MakeSeller) -> None:
    """Two vendors may both have a hall of the name; one of them may not have it twice."""
    other = await make_seller("other")
    venue = await seller.made("/venues", {"name": "Hall"})
    await other.made("/venues", {"name": "Hall"})
    assert problem(await seller.call("POST", "/venues", {"name": "Hall"})) == "name-taken"
    second = await seller.made("/venues", {"name": "Second"})
    taken = await seller.call("PATCH", f"/venues/{second['venue']}", {"version": 1, "name": venue["name"]})
    assert problem(taken) == "name-taken"


async def test_a_key_makes_once(seller: Seller, make_seller: MakeSeller) -> None:
    """The same key gives the same venue, twenty at once; another body is another call; keys are a vendor's own."""
    key = a_key()
    answers = await asyncio.gather(*(seller.call("POST", "/venues", {"name": "Hall"}, key=key) for _ in range(20)))
    made = [answer.json()["venue"] for answer in answers if answer.status_code == 201]
    assert len(set(made)) == 1
    assert {problem(answer) for answer in answers if answer.status_code != 201} <= {"idempotency-key-running"}
    again = await seller.call("POST", "/venues", {"name": "Hall"}, key=key)
    assert (again.status_code, again.json()["venue"]) == (201, made[0])
    reused = await seller.call("POST", "/venues", {"name": "Other"}, key=key)
    assert (reused.status_code, problem(reused)) == (422, "idempotency-key-reused")
    assert (await (await make_seller("other")).call("POST", "/venues", {"name": "Hall"}, key=key)).status_code == 201


async def test_a_refused_call_leaves_its_key_unused(seller: Seller) -> None:
    """After a refusal the same key may make it."""
    key = a_key()
    venue = await seller.made("/venues", {"name": "Hall"})
    assert problem(await seller.call("POST", "/venues", {"name": "Hall"}, key=key)) == "name-taken"
    await seller.call("DELETE", f"/venues/{venue['venue']}")
    assert (await seller.call("POST", "/venues", {"name": "Hall"}, key=key)).status_code == 201


async def test_a_seat_map_comes_back_in_its_normal_form(seller: Seller) -> None:
    """Every seat with its kind and place, every row with its distance, and how many of each kind."""
    seat_map = await seller.a_seat_map()
    shown = (await seller.call("GET", f"/seat-maps/{seat_map}")).json()
    assert shown["places"] == {"standard": 16, "accessible": 2, "companion": 2, "area": 120}
    assert shown["sections"][0]["rows"][1]["seats"][3] == {"seat": "4", "kind": "accessible", "place": 4}
    assert shown["areas"] == [{"area": "pit", "capacity": 120, "distance": 0}]
    maps = (await seller.call("GET", f"/venues/{shown['venue']}/seat-maps")).json()["seat_maps"]
    assert maps == [{"seat_map": seat_map, "name": "All seated", "version": 1}]


async def test_a_seat_map_changes_whole_and_goes(seller: Seller) -> None:
    """A new plan replaces the old one; a new name alone leaves it."""
    path = f"/seat-maps/{await seller.a_seat_map()}"
    renamed = await seller.changed(path, {"version": 1, "name": "Standing"})
    assert (renamed["name"], renamed["places"]["standard"]) == ("Standing", 16)
    changed = await seller.changed(path, {"version": 2, "areas": [{"area": "floor", "capacity": 9}]})
    assert changed["places"] == {"standard": 0, "accessible": 0, "companion": 0, "area": 9}
    assert problem(await seller.call("PATCH", path, {"version": 2, "name": "x"})) == "stale-version"
    assert (await seller.call("DELETE", path)).status_code == 204
    assert problem(await seller.call("GET", path)) == "seat-map-missing"


async def test_every_fault_of_a_seat_map_is_named(seller: Seller) -> None:
    """By where it is in the body; nothing is kept."""
    venue = (await seller.made("/venues", {"name": "Hall"}))["venue"]
    rows = [{"row": "A", "seats": ["1", "1", "x-y"]}]
    areas = [{"area": "S", "capacity": 5}]
    body = {"name": "Bad", "sections": [{"section": "S", "rows": rows}], "areas": areas}
    refused = await seller.call("POST", f"/venues/{venue}/seat-maps", body)
    assert (refused.status_code, problem(refused)) == (422, "validation-failed")
    fields = [error["field"] for error in refused.json()["errors"]]
    assert fields == ["sections.0.rows.0.seats.1", "sections.0.rows.0.seats.2", "areas.0"]
    assert (await seller.call("GET", f"/venues/{venue}/seat-maps")).json() == {"seat_maps": []}


async def test_a_seat_map_is_imported_from_csv(seller: Seller) -> None:
    """A file a large hall long, more than other bodies may be; its name comes with the address."""
    venue = (await seller.made("/venues", {"name": "Hall"}))["venue"]
    lines = [f"{section},{row},{seat}" for section in range(10) for row in range(20) for seat in range(40)]
    made = await seller.upload(venue, "\n".join(["section,row,seat", *lines]), name="Summer")
    assert made.status_code == 201, made.text
    assert (made.json()["name"], made.json()["places"]["standard"]) == ("Summer", 8_000)


async def test_an_import_with_a_bad_line_keeps_nothing(seller: Seller) -> None:
    """Every bad line is in the answer."""
    venue = (await seller.made("/venues", {"name": "Hall"}))["venue"]
    refused = await seller.upload(venue, "section,row,seat\nA,1,1\nA,1,1\nA,1,-\n")
    assert (refused.status_code, problem(refused)) == (422, "seat-map-unreadable")
    assert [line["line"] for line in refused.json()["lines"]] == [3, 4]
    assert problem(await seller.upload(venue, b"\xff\xfe")) == "malformed-body"
    assert problem(await seller.upload(venue, "section,row,seat\nA,1,1\n", name="")) == "validation-failed"
    assert (await seller.call("GET", f"/venues/{venue}/seat-maps")).json() == {"seat_maps": []}


async def test_another_vendors_things_do_not_exist(seller: Seller, make_seller: MakeSeller, room_name: str) -> None:
    """404, never 403: nobody learns what others have."""
    event = await seller.an_event(room_name)
    other = await make_seller("other")
    version = {"version": 1}
    calls = [
        ("GET", f"/venues/{event['venue']}", None),
        ("PATCH", f"/venues/{event['venue']}", version),
        ("DELETE", f"/venues/{event['venue']}", None),
        ("GET", f"/venues/{event['venue']}/seat-maps", None),
        ("POST", f"/venues/{event['venue']}/seat-maps", {"name": "x", **HALL}),
        ("GET", f"/seat-maps/{event['seat_map']}", None),
        ("PATCH", f"/seat-maps/{event['seat_map']}", version),
        ("DELETE", f"/seat-maps/{event['seat_map']}", None),
        ("GET", "/events/show", None),
        ("PATCH", "/events/show", version),
        ("DELETE", "/events/show", None),
        ("POST", "/events/show/cancel", {"reason": "x"}),
        ("POST", "/events/show/reschedule", {"starts_at": "2032-01-01T00:00:00Z"}),
        ("PATCH", "/events/show/categories/seats", version),
        ("DELETE", "/events/show/categories/seats?version=1", None),
        ("PATCH", "/events/show/seats", {"seats": ["S-A-1"], "blocked": True}),
        ("GET", "/events/show/orders", None),
        ("GET", "/events/show/orders.csv", None),
    ]
    answers = [(await other.call(*call)).status_code for call in calls]
    assert answers == [404] * len(calls)
    assert (await other.call("GET", "/events")).json()["events"] == []
    assert (await seller.show())["version"] == 1


async def test_a_venue_with_events_stays(seller: Seller, room_name: str) -> None:
    """It says which events take place there."""
    event = await seller.an_event(room_name)
    refused = await seller.call("DELETE", f"/venues/{event['venue']}")
    assert (refused.status_code, problem(refused)) == (409, "in-use")
    assert (refused.json()["reason"], refused.json()["events"]) == ("events", ["show"])


@pytest.mark.parametrize("body", [{"name": ""}, {"name": "a\nb"}, {"name": "a", "colour": "red"}, {}])
async def test_a_wrong_field_is_named(seller: Seller, body: dict[str, str]) -> None:
    """Nothing is guessed."""
    assert problem(await seller.call("POST", "/venues", body)) == "validation-failed"


async def test_no_body_is_read_before_the_key(seller: Seller, database: Connection) -> None:
    """Who has no key cannot make us hold a large body; who has one may send a seat map, and no larger venue."""
    stranger = Seller(seller.client, "key_0.wrong")
    assert (await stranger.call("POST", "/venues", {"name": "x" * 100_000})).status_code == 401
    assert (await seller.call("POST", "/venues", {"name": "x" * 100_000})).status_code == 413
    row = await (await database.execute("SELECT count(*) FROM vendor_calls")).fetchone()
    assert row == (0,)
