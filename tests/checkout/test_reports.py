"""What users of other systems report, and which test of ours holds that it does not happen here.

- The last ticket sold twice (Attendize 473): `vendors/test_holding.py`, `test_races.py`.
- Sold out by one's own hold (Hi.Events 466, 790): `vendors/test_holding.py`.
- Paid, and no ticket (pretix 74, Hi.Events 513): `test_killed.py`, `test_sale_under_fire.py`, `test_recovery.py`.
- A timer kept alive for ever (pretix 1575): `vendors/test_holding.py`, and by refreshes `test_hold_races.py`.
- A transfer refused since the event is sold out (Hi.Events 823): `test_refunds.py`.
- Releases that count down twice (revel): `vendors/test_holding.py`, `test_hold_races.py`.
- The timer runs out and the form is lost (Attendize 228), every retry after a decline fails (alf.io 1254), the end of
  one payment cancels the ticket of another (pretix 343): here.
"""

import re

import httpx
import pytest

from checkout.payments.sandbox import Sandbox, SandboxMethod
from checkout.recovery import Recovery
from checkout.services import Services
from tests.checkout.conftest import Connection
from tests.checkout.fans import DECLINED, PAYS, Fan, an_admission, problem
from tests.checkout.sweep import Sweep, expire
from tests.checkout.test_pages import enter, send
from tests.checkout.test_recovery import let_time_pass
from waitroom.settings import Settings

pytestmark = pytest.mark.usefixtures("sweep")


async def test_every_retry_after_a_decline_is_a_try_of_its_own(fan: Fan, database: Connection) -> None:
    """Three cards are declined and the fourth pays: each try has a key of its own at the provider (alf.io 1254)."""
    hold_id = await fan.held()
    tries = [await fan.buy(hold_id, DECLINED) for _ in range(3)]
    assert [problem(answer) for answer in tries] == ["payment-declined"] * 3
    assert (await fan.buy(hold_id)).json()["status"] == "paid"
    asked = "SELECT count(*) FROM sandbox.requests WHERE key LIKE '%.authorise'"
    assert await Sweep(database).count(asked) == 4


async def test_the_end_of_one_payment_leaves_the_ticket_of_another(
    fan: Fan, services: Services, database: Connection
) -> None:
    """The first card was refused at its bank, the second paid; the end of the first ends no ticket (pretix 343)."""
    hold_id = await fan.held()
    order_id = (await fan.buy(hold_id, SandboxMethod.NEEDS_ACTION)).json()["order_id"]
    rows = await (await database.execute("SELECT reference FROM payments")).fetchall()
    assert isinstance(services.provider, Sandbox)
    await services.provider.decide(rows[0][0], approves=False)
    await fan.call("POST", f"/v1/orders/{order_id}/confirm")
    assert (await fan.buy(hold_id)).json()["status"] == "paid"

    await let_time_pass(database)
    await Recovery(services.database, services.provider, services.buying, services.refunds).look()
    order = (await fan.call("GET", f"/v1/orders/{order_id}")).json()
    assert (order["status"], len(order["tickets"])) == ("paid", 2)


async def test_a_timer_that_runs_out_costs_one_field_that_browsers_fill_in(
    browser: httpx.AsyncClient, checkout_settings: Settings, room_name: str, database: Connection
) -> None:
    """Nothing but the address is ever typed; too late, the page says where to go on, and the form asks as before.

    Attendize 228 lost names and addresses of every guest.
    """
    event_page = await enter(browser, an_admission(checkout_settings, room_name))
    hold_page = await send(browser, event_page, "/holds", category="floor", quantity="2")
    typed = re.findall(r'<input (?![^>]*type="(?:hidden|radio|submit)")[^>]*>', hold_page.text)
    assert len(typed) == 1
    assert 'autocomplete="email"' in typed[0]

    await expire(database, hold_page.url.path.rpartition("/")[2])
    late = await send(browser, hold_page, "/order", email="fan@example.org", payment_method=PAYS)
    assert "Choose seats again; nothing was charged." in late.text
    again = await send(browser, await browser.get("/events/gig"), "/holds", category="floor", quantity="2")
    paid = await send(browser, again, "/order", email="fan@example.org", payment_method=PAYS)
    assert "You are going!" in paid.text
