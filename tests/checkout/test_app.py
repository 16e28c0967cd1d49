"""The app as a whole: ready or not, what it reports, what it refuses before it looks."""

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from checkout.app import create_app, create_ops_app
from checkout.cases import Cases
from checkout.reminding import Reminding
from checkout.reporting import Pulse, Reporting
from checkout.services import Services
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import ADDRESS, Fan, problem
from waitroom.errors import ConfigurationError
from waitroom.queue import Queue, create_room
from waitroom.queue.lifecycle import look_at_room
from waitroom.rooms import RoomSettings
from waitroom.settings import Payments, Settings


def ops_client(app: Starlette) -> httpx.AsyncClient:
    """A client of the ops port."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_ops_app(app)), base_url=ADDRESS)


async def test_a_running_checkout_is_ready(checkout_app: Starlette) -> None:
    """With its database there, it can serve."""
    async with ops_client(checkout_app) as ops:
        assert (await ops.get("/readyz")).status_code == 200


async def test_a_checkout_without_a_database_is_not_ready_and_says_503(checkout_settings: Settings) -> None:
    """It starts, says why it cannot serve, and tells clients to come back."""
    nowhere = SecretStr("postgresql://nobody@127.0.0.1:1/nothing")
    app = create_app(checkout_settings.model_copy(update={"database_url": nowhere}))
    async with app.router.lifespan_context(app), ops_client(app) as ops:
        ready = await ops.get("/readyz")
        assert (ready.status_code, ready.json()["reason"]) == (503, "PostgreSQL did not answer.")
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            answer = await client.get("/v1/orders/any")
    assert (answer.status_code, problem(answer), answer.headers["retry-after"]) == (503, "checkout-unavailable", "2")


def test_stripe_without_its_keys_is_a_wrong_setting(checkout_settings: Settings) -> None:
    """Nobody sells by accident with payments that cannot be made: what is missing is named before anything starts."""
    with pytest.raises(ConfigurationError, match="WAITROOM_STRIPE_API_KEY is missing"):
        create_app(checkout_settings.model_copy(update={"payments": Payments.STRIPE}))


def a_reporting(services: Services, pulse: Pulse) -> Reporting:
    """What the checkout says of itself, report by report."""
    return Reporting(
        services.catalogue,
        services.sessions._room,
        services.database,
        Reminding(services.database, services.sessions._room),
        Cases(services.database),
        pulse=pulse,
        metrics=services.metrics,
        reporter="test",
    )


async def test_a_report_tells_the_metrics_and_the_room(
    make_fan: MakeFan, services: Services, queue: Queue, checkout_settings: Settings, room_name: str
) -> None:
    """Each second the room learns what is left, carts included, and Prometheus learns the rest."""
    await (await make_fan()).bought(2)
    await (await make_fan()).held(3)
    await create_room(queue, checkout_settings.key_source(), room_name, RoomSettings(), who="test")
    await a_reporting(services, Pulse()).report()
    assert (await look_at_room(queue, room_name)).seats_left == 25
    seats = {
        state: services.metrics.registry.get_sample_value("waitroom_event_seats", {"event": "gig", "state": state})
        for state in ("free", "held", "sold")
    }
    assert seats == {"free": 22, "held": 3, "sold": 2}
    twice = services.metrics.registry.get_sample_value("waitroom_event_double_sales", {"event": "gig"})
    assert twice == 0


async def test_a_report_does_not_wait_for_the_database(
    services: Services, database: Connection, queue: Queue, checkout_settings: Settings, room_name: str
) -> None:
    """While the database holds every count up, the room learns how requests fare; then what is left is known again."""
    await create_room(queue, checkout_settings.key_source(), room_name, RoomSettings(), who="test")
    pulse = Pulse()
    reporting = a_reporting(services, pulse)
    await reporting.report()
    left = (await look_at_room(queue, room_name)).seats_left
    async with database.transaction():
        await database.execute("LOCK TABLE seating_rows IN ACCESS EXCLUSIVE MODE")
        pulse.end(pulse.begin(), is_error=True)
        await reporting.report()
        snapshot = await look_at_room(queue, room_name)
        assert snapshot.seats_left == left
        assert (1, 1) in [(report.requests, report.errors) for report in snapshot.reports]
    await reporting.report()
    assert reporting._counting is None


def test_a_pulse_is_taken_once() -> None:
    """A report covers the time since the one before."""
    pulse, now = a_pulse()
    for seconds, is_error in ((0.010, False), (0.030, True)):
        request = pulse.begin()
        now.append(now[-1] + seconds)
        assert round(pulse.end(request, is_error=is_error), 6) == seconds
    latency_ms, requests, errors = pulse.take()
    assert (round(latency_ms), requests, errors) == (20, 2, 1)
    assert pulse.take() == (0.0, 0, 0)


def test_a_request_that_hangs_is_reported_as_slow() -> None:
    """From a second on a request without an answer counts in each report with its time so far, then with its end."""
    pulse, now = a_pulse()
    hanging = pulse.begin()
    now.append(0.9)
    assert pulse.take() == (0.0, 0, 0)
    pulse.end(pulse.begin(), is_error=False)
    now.append(4.0)
    assert pulse.take() == (2000.0, 2, 0)
    now.append(5.0)
    assert pulse.take() == (5000.0, 1, 0)
    pulse.end(hanging, is_error=True)
    assert pulse.take() == (5000.0, 1, 1)
    assert pulse.take() == (0.0, 0, 0)


def a_pulse() -> tuple[Pulse, list[float]]:
    """A pulse, and the moments of its clock: the last one is now."""
    now = [0.0]
    return Pulse(clock=lambda: now[-1]), now


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
async def test_another_site_cannot_act_with_a_fans_cookie(
    client: httpx.AsyncClient, fan: Fan, headers: dict[str, str]
) -> None:
    """A form or a script of another site is refused before the cookie is looked at."""
    cookie = {"Cookie": f"waitroom-checkout-gig={fan.session}"}
    answer = await client.delete("/v1/sessions/current", headers=headers | cookie)
    assert (answer.status_code, problem(answer)) == (403, "cross-site")
    assert (await client.get("/v1/holds", headers=cookie)).status_code == 200


async def test_a_large_body_is_413(client: httpx.AsyncClient) -> None:
    """Nobody fills the memory."""
    answer = await client.post("/v1/sessions", content=b"x" * 70_000)
    assert (answer.status_code, problem(answer)) == (413, "body-too-large")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/events/%00"),
        ("GET", "/v1/orders/%00?secret=%00"),
        ("DELETE", "/v1/holds/%00"),
        ("GET", "/events/%00"),
    ],
)
async def test_a_nul_in_an_address_leads_nowhere(fan: Fan, method: str, path: str) -> None:
    """What cannot be in the database is not there: no such address, and nothing broke."""
    assert (await fan.call(method, path)).status_code == 404


async def test_a_nul_in_a_body_is_a_wrong_field(fan: Fan) -> None:
    """The answer names the field, as for any other wrong value."""
    for field, answer in {
        "seats.0": await fan.hold_seats("F-A-1\0"),
        "category": await fan.hold_best(1, "floor\0"),
        "hold_id": await fan.buy("hold\0"),
    }.items():
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
