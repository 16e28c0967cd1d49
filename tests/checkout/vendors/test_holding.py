"""Holding what is not a plain seat: accessible seats, general admission, categories that are on sale later."""

import asyncio

import httpx
import pytest

from checkout.services import Services
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import Fan, a_key, problem
from tests.checkout.patches import without
from tests.checkout.sweep import Sweep, expire
from tests.checkout.vendors.seller import CATEGORIES, Json, Seller

pytestmark = pytest.mark.usefixtures("sweep")


async def hold(fan: Fan, **wanted: object) -> httpx.Response:
    """Ask for seats."""
    return await fan.call("POST", "/v1/events/show/holds", wanted, key=a_key())


def seats(answer: httpx.Response) -> list[str]:
    """The seats of a hold."""
    assert answer.status_code == 201, answer.text
    return [seat["seat"] for seat in answer.json()["seats"]]


@pytest.fixture
async def show(seller: Seller, room_name: str) -> Json:
    """An event in the hall."""
    return await seller.an_event(room_name)


@pytest.mark.usefixtures("show")
class TestAccessible:
    """Accessible seats and companion seats are for groups that need them."""

    async def test_the_best_available_never_gives_them_to_others(self, make_fan: MakeFan, services: Services) -> None:
        """With the four of row B kept, twelve are for all; what is left says so of both."""
        given: list[str] = []
        for _ in range(3):
            given += seats(await hold(await make_fan(), category="seats", quantity=4))
        assert not {"S-B-4", "S-B-5", "S-B-6", "S-B-7"} & set(given)
        refused = await hold(await make_fan(), category="seats", quantity=1)
        assert problem(refused) == "all-in-carts"
        services.catalogue.forget()
        shown = (await (await make_fan()).call("GET", "/v1/events/show")).json()["categories"][0]
        assert (shown["seats_left"], shown["accessible_left"]) == (0, 2)

    async def test_when_all_others_are_sold_it_is_sold_out_for_others_alone(
        self, make_fan: MakeFan, seller: Seller
    ) -> None:
        """The kept seats are neither promised to others nor lost to those who need them."""
        for _ in range(3):
            await (await make_fan()).bought(4, "seats")
        refused = await hold(await make_fan(), category="seats", quantity=1)
        assert (problem(refused), refused.json()["seats_left"]) == ("sold-out", 0)
        assert seats(await hold(await make_fan(), category="seats", quantity=2, accessible=1)) == ["S-B-4", "S-B-5"]
        await seller.changed("/events/show/seats", {"seats": ["S-B-6", "S-B-7"], "kind": "standard"})
        assert seats(await hold(await make_fan(), category="seats", quantity=2)) == ["S-B-6", "S-B-7"]

    async def test_a_group_gets_places_with_its_companions_beside(self, make_fan: MakeFan) -> None:
        """The companion seat beside is taken before any other."""
        answer = await hold(await make_fan(), category="seats", quantity=2, accessible=1)
        assert seats(answer) == ["S-B-4", "S-B-5"]
        assert [seat["kind"] for seat in answer.json()["seats"]] == ["accessible", "companion"]
        assert (answer.json()["relaxed"], answer.json()["together"]) == (None, True)

    async def test_a_larger_group_sits_in_one_row(self, make_fan: MakeFan) -> None:
        """Two places and four beside, as close together as can be."""
        answer = await hold(await make_fan(), category="seats", quantity=6, accessible=2)
        assert seats(answer) == ["S-B-2", "S-B-3", "S-B-4", "S-B-5", "S-B-6", "S-B-7"]

    async def test_a_group_that_fits_no_row_is_split_and_told(self, make_fan: MakeFan) -> None:
        """Rather than refused: others sit elsewhere."""
        await hold(await make_fan(), seats=["S-B-1", "S-B-2", "S-B-3", "S-B-8"])
        answer = await hold(await make_fan(), category="seats", quantity=5, accessible=1)
        assert len(seats(answer)) == 5
        assert answer.json()["relaxed"] == "split"

    async def test_the_last_place_is_given_once(self, make_fan: MakeFan) -> None:
        """Six groups at once for two places: two have one each, the others are told that they are in carts."""
        fans = [await make_fan() for _ in range(6)]
        answers = await asyncio.gather(*(hold(fan, category="seats", quantity=1, accessible=1) for fan in fans))
        held = [seats(answer)[0] for answer in answers if answer.status_code == 201]
        assert sorted(held) == ["S-B-4", "S-B-6"]
        assert {problem(each) for each in answers if each.status_code != 201} == {"all-in-carts"}

    async def test_when_all_places_are_sold_it_says_so(self, make_fan: MakeFan) -> None:
        """Sold out of accessible seats, whatever else is free."""
        for _ in range(2):
            fan = await make_fan()
            held = await hold(fan, category="seats", quantity=1, accessible=1)
            assert (await fan.buy(held.json()["hold_id"])).status_code == 201
        refused = await hold(await make_fan(), category="seats", quantity=2, accessible=1)
        assert (problem(refused), refused.json()["seats_left"]) == ("sold-out", 0)

    async def test_by_name_they_are_had_only_when_asked_for(self, make_fan: MakeFan) -> None:
        """With `accessible` for as many as are named; a companion seat goes with one; the answer names them."""
        fan = await make_fan()
        for named, accessible in ((("S-B-3", "S-B-4"), 0), (("S-B-4", "S-B-6"), 1), (("S-B-5",), 0), (("S-B-5",), 1)):
            refused = await hold(fan, seats=list(named), accessible=accessible)
            assert (refused.status_code, problem(refused)) == (409, "accessible-only"), named
            assert set(refused.json()["seats"]) <= set(named)
        assert seats(await hold(fan, seats=["S-B-3", "S-B-4", "S-B-5"], accessible=1)) == ["S-B-3", "S-B-4", "S-B-5"]

    async def test_without_the_rule_they_go_to_whoever_names_them(self, make_fan: MakeFan, database_url: str) -> None:
        """The control."""
        without(database_url, ("refuse_named", "IF kept IS NOT NULL AND needed NOT BETWEEN 1 AND accessible THEN"))
        assert seats(await hold(await make_fan(), seats=["S-B-4"])) == ["S-B-4"]

    async def test_released_places_are_counted_again(self, make_fan: MakeFan, database: Connection) -> None:
        """An expired or released hold gives them back, to those who need them alone."""
        fan, other = await make_fan(), await make_fan()
        held = await hold(fan, category="seats", quantity=2, accessible=2)
        await expire(database, held.json()["hold_id"])
        assert seats(await hold(other, category="seats", quantity=2, accessible=2)) == ["S-B-4", "S-B-6"]

    async def test_more_accessible_seats_than_seats_is_a_wrong_field(self, make_fan: MakeFan) -> None:
        """Nothing is guessed."""
        refused = await hold(await make_fan(), category="seats", quantity=1, accessible=2)
        assert problem(refused) == "validation-failed"


@pytest.mark.usefixtures("show")
class TestStanding:
    """General admission: so many places, which have no neighbours."""

    async def test_places_are_given_one_by_one(self, make_fan: MakeFan) -> None:
        """Each is a sellable unit with a name, in their order; nobody stands apart from anybody."""
        answer = await hold(await make_fan(), category="standing", quantity=3)
        assert seats(answer) == ["pit-GA-000001", "pit-GA-000002", "pit-GA-000003"]
        assert (answer.json()["relaxed"], answer.json()["together"]) == (None, True)

    async def test_a_rush_gets_every_place_once_and_waits_for_nobody(self, make_fan: MakeFan, sweep: Sweep) -> None:
        """Twenty fans want six of 120 each, at once: all have them, over the blocks that nobody is at."""
        fans = [await make_fan() for _ in range(20)]
        answers = await asyncio.gather(*(hold(fan, category="standing", quantity=6) for fan in fans))
        assert len({seat for answer in answers for seat in seats(answer)}) == 120
        assert await sweep.count("SELECT count(DISTINCT row_id) FROM seats WHERE seat LIKE 'pit-%'") == 3
        refused = await hold(await make_fan(), category="standing", quantity=1)
        assert problem(refused) == "all-in-carts"

    async def test_places_that_came_back_singly_make_a_group(self, make_fan: MakeFan) -> None:
        """What is free in several blocks is given together, and not called split."""
        fans = [await make_fan() for _ in range(15)]
        held = [await hold(fan, category="standing", quantity=8) for fan in fans]
        for fan, answer in list(zip(fans, held, strict=True))[::7]:
            await fan.call("DELETE", f"/v1/holds/{answer.json()['hold_id']}")
        answer = await hold(await make_fan(), category="standing", quantity=8)
        assert (len(seats(answer)), answer.json()["relaxed"]) == (8, None)

    async def test_the_limit_counts_places_too(self, make_fan: MakeFan) -> None:
        """Seats and places together, in the same transaction: three tabs, eight at most."""
        fan = await make_fan()
        wanted = [{"category": "standing", "quantity": 4}, {"category": "seats", "quantity": 4}]
        answers = await asyncio.gather(*(hold(fan, **each) for each in [*wanted, wanted[0]]))
        assert sorted(answer.status_code for answer in answers) == [201, 201, 409]


async def test_a_category_is_not_sold_before_its_moment(
    seller: Seller, room_name: str, make_fan: MakeFan, database: Connection
) -> None:
    """Neither by best available nor by name; other categories are; at the moment it is."""
    later = CATEGORIES[1] | {"on_sale_at": "2031-01-01T10:00:00Z"}
    await seller.an_event(room_name, categories=[CATEGORIES[0], later])
    fan = await make_fan()
    for wanted in ({"category": "back", "quantity": 1}, {"seats": ["S-A-1", "T-A-1"]}):
        refused = await hold(fan, **wanted)
        assert (refused.status_code, problem(refused)) == (409, "not-on-sale-yet")
        assert refused.json()["on_sale_at"] == "2031-01-01T10:00:00.000Z"
    assert (await hold(fan, category="seats", quantity=1)).status_code == 201
    await database.execute("UPDATE categories SET on_sale_at = clock_timestamp() WHERE category = 'back'")
    assert (await hold(fan, category="back", quantity=1)).status_code == 201


async def test_a_moment_of_sale_is_taken_away(seller: Seller, room_name: str, make_fan: MakeFan) -> None:
    """Null puts the category on sale at once; leaving it out changes nothing."""
    later = CATEGORIES[1] | {"on_sale_at": "2031-01-01T10:00:00Z"}
    await seller.an_event(room_name, categories=[later])
    named = await seller.changed("/events/show/categories/back", {"version": 1, "name": "Rear"})
    assert named["categories"][0]["on_sale_at"] == "2031-01-01T10:00:00.000Z"
    await seller.changed("/events/show/categories/back", {"version": 2, "on_sale_at": None})
    assert (await hold(await make_fan(), category="back", quantity=1)).status_code == 201


@pytest.mark.usefixtures("show")
async def test_what_was_relaxed_is_said(make_fan: MakeFan) -> None:
    """Neighbours without an orphan, then with one, then seats apart; what was asked by name was not relaxed."""
    fan = await make_fan()
    assert (await hold(fan, category="back", quantity=2)).json()["relaxed"] is None
    await fan.call("DELETE", f"/v1/holds/{(await fan.call('GET', '/v1/holds')).json()['holds'][0]['hold_id']}")
    assert (await hold(await make_fan(), seats=["T-A-1"])).json()["relaxed"] is None
    orphan = await hold(fan, category="back", quantity=2)
    assert (orphan.json()["relaxed"], orphan.json()["together"]) == ("orphan", True)
    await fan.call("DELETE", f"/v1/holds/{orphan.json()['hold_id']}")
    await hold(await make_fan(), seats=["T-A-3"])
    split = await hold(await make_fan(), category="back", quantity=2)
    assert (split.json()["relaxed"], split.json()["together"]) == ("split", False)
    assert seats(split) == ["T-A-2", "T-A-4"]


@pytest.mark.usefixtures("show")
class TestVisit:
    """A visit ends: holding and releasing in turn keeps nothing for ever."""

    async def test_after_the_longest_visit_no_new_hold_begins(self, make_fan: MakeFan, database: Connection) -> None:
        """What is held then may still be paid; who wants more goes to the end of the line."""
        fan = await make_fan()
        hold_id = await fan.held(1, "seats")
        await database.execute("UPDATE sessions SET opened_at = opened_at - interval '1 hour'")
        refused = await hold(fan, category="seats", quantity=1)
        assert (refused.status_code, refused.json()["reason"]) == (403, "expired")
        assert (await fan.buy(hold_id)).status_code == 201

    async def test_without_the_rule_a_cart_is_kept_alive_for_ever(
        self, make_fan: MakeFan, database: Connection, database_url: str
    ) -> None:
        """The control: release and hold again, whatever the time."""
        without(database_url, ("refuse_hold", "IF is_visit_over(for_session, of_event) THEN"))
        fan = await make_fan()
        await database.execute("UPDATE sessions SET opened_at = opened_at - interval '1 day'")
        for _ in range(3):
            hold_id = await fan.held(1, "seats")
            await fan.call("DELETE", f"/v1/holds/{hold_id}")


@pytest.mark.usefixtures("show")
class TestReported:
    """What users of other shops have reported."""

    async def test_one_s_own_hold_does_not_make_it_sold_out(self, make_fan: MakeFan) -> None:
        """A fan with the last seats in the cart can release and take them again, and pay them."""
        fan = await make_fan()
        first = await fan.held(4, "back")
        await fan.call("DELETE", f"/v1/holds/{first}")
        assert (await fan.buy(await fan.held(4, "back"))).status_code == 201

    async def test_a_release_gives_back_once(self, make_fan: MakeFan, sweep: Sweep) -> None:
        """Released ten times at once and again later, the counts are those of the seats."""
        fan, other = await make_fan(), await make_fan()
        hold_id = await fan.held(3, "back")
        await asyncio.gather(*(fan.call("DELETE", f"/v1/holds/{hold_id}") for _ in range(10)))
        assert await sweep.count("SELECT sum(free_seats) FROM seating_rows WHERE section = 'T'") == 4
        await other.held(2, "back")
        await fan.call("DELETE", f"/v1/holds/{hold_id}")
        assert await sweep.count("SELECT sum(free_seats) FROM seating_rows WHERE section = 'T'") == 2

    async def test_the_last_ticket_is_sold_once(self, make_fan: MakeFan, sweep: Sweep) -> None:
        """Eight fans hold and buy the last place at once: one has it."""
        await (await make_fan()).bought(3, "back")
        fans = [await make_fan() for _ in range(8)]

        async def buy(fan: Fan) -> int:
            held = await fan.hold_best(1, "back")
            return 0 if held.status_code != 201 else (await fan.buy(held.json()["hold_id"])).status_code

        assert sorted(await asyncio.gather(*map(buy, fans)))[-2:] == [0, 201]
        assert await sweep.count("SELECT count(*) FROM tickets WHERE is_live") == 4
