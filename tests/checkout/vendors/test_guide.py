"""The vendor's guide can be followed."""

import json
import re
from pathlib import Path
from typing import Any

from tests.checkout.conftest import MakeFan
from tests.checkout.vendors.seller import Seller

GUIDE = (Path(__file__).parents[3] / "docs" / "vendor-guide.md").read_text()


def body_of(call: str) -> Any:  # Any: JSON
    """The body that the guide sends to an address."""
    found = re.search(re.escape(call) + r"[^\n]*? -d '(\{.*?\})'\n", GUIDE, re.DOTALL)
    assert found is not None, call
    return json.loads(found.group(1).replace("'$MAP'", "$MAP"))


async def test_a_first_event_as_the_guide_makes_it(seller: Seller, room_name: str, make_fan: MakeFan) -> None:
    """Venue, seat map, event, seats for everybody, another time, the end: each call as it stands there."""
    venue = await seller.made("/venues", body_of("$SHOP/venues"))
    template = re.search(r"```csv\n(.*?)```", GUIDE, re.DOTALL)
    assert template is not None
    seat_map = (await seller.upload(venue["venue"], template.group(1))).json()["seat_map"]
    event = body_of("$SHOP/events") | {"seat_map": seat_map, "room": room_name}
    made = await seller.made("/events", event)
    assert [each["seats"] for each in made["categories"]] == [5, 500]
    held = (await (await make_fan()).hold_best(1, "seats")).json()
    assert [line["amount"] for line in held["lines"]] == [6_500, 150, 290, 1_108]
    path = "/events/night-shift"
    await seller.changed(f"{path}/seats", body_of("-X PATCH $SHOP/events/night-shift/seats"))
    assert (await (await make_fan()).hold_seats("101-A-3", "101-A-4")).status_code == 201
    await seller.changed(f"{path}/reschedule", body_of("-X POST $SHOP/events/night-shift/reschedule"), "POST")
    cancelled = await seller.changed(f"{path}/cancel", body_of("-X POST $SHOP/events/night-shift/cancel"), "POST")
    assert cancelled["cancel_reason"] == "Illness"
