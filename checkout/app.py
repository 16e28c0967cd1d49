"""The composition root of the checkout."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import Lifespan

from checkout.access import SameOrigin
from checkout.answers import OrderAnswers
from checkout.cases import Cases
from checkout.catalogue import Catalogue
from checkout.cookies import is_https
from checkout.database import Database
from checkout.errors import CheckoutError
from checkout.holds import Holds
from checkout.order_book import OrderBook
from checkout.payments.provider import Provider
from checkout.payments.sandbox import Sandbox
from checkout.problems import handlers
from checkout.provider_events import ProviderEvents
from checkout.reminding import Reminding
from checkout.rendering import CONTENT_SECURITY_POLICY, Renderer
from checkout.reporting import Pulse, Reporting, Timed
from checkout.room_client import RoomClient
from checkout.routes import routes
from checkout.sandbox_pages import sandbox_routes
from checkout.seat_states import SeatStatesOfEvents
from checkout.services import Services
from checkout.sessions import Sessions
from checkout.till import make_till
from checkout.vendors.accounts import Vendors
from checkout.vendors.routes import VENDOR
from checkout.vendors.selling import Selling
from checkout.vendors.webhooks import Webhooks
from waitroom.metrics import CheckoutMetrics
from waitroom.queue import Queue
from waitroom.settings import Settings
from waitroom.web.guesses import Guesses
from waitroom.web.limits import BodyLimit
from waitroom.web.ops import create_ops_app as create_ops
from waitroom.web.security import SecurityHeaders


def create_app(settings: Settings) -> Starlette:
    """Make the checkout; nothing is opened before its lifespan begins. Raises ConfigurationError.

    The database is to be at the newest schema: `checkout.migrations.upgrade` comes first.
    """
    metrics = CheckoutMetrics()
    queue = Queue.connect(settings.redis_url)
    room = RoomClient(queue, metrics=metrics)
    services = _services(settings, room=room, metrics=metrics)
    pulse = Pulse()
    reporting = Reporting(
        services.catalogue,
        room,
        services.database,
        Reminding(services.database, room),
        Cases(services.database),
        pulse=pulse,
        metrics=metrics,
        reporter=f"checkout-{secrets.token_hex(4)}",
    )

    renderer = Renderer()
    app = Starlette(
        routes=[*routes(renderer), *_routes_of_provider(renderer, services.provider)],
        lifespan=_lifespan(services, reporting, queue),
        exception_handlers=handlers(renderer),
        middleware=[
            Middleware(Timed, pulse=pulse, metrics=metrics),
            Middleware(SecurityHeaders, csp=CONTENT_SECURITY_POLICY, is_https=is_https(settings)),
            Middleware(SameOrigin, own_url=settings.checkout_url),
            # A vendor's seat map is large: the key comes first there, then the limit.
            Middleware(BodyLimit, elsewhere=(VENDOR,)),
        ],
    )
    app.state.services = services
    app.state.renderer = renderer
    return app


def create_ops_app(app: Starlette) -> Starlette:
    """Make the ops port of this checkout."""
    services: Services = app.state.services

    async def why_not_ready() -> str | None:
        try:
            await services.catalogue.newest_event()
        except CheckoutError as away:
            return str(away)
        return await services.provider.why_not_ready()

    return create_ops(why_not_ready=why_not_ready, registry=services.metrics.registry)


def _routes_of_provider(renderer: Renderer, provider: Provider) -> list[BaseRoute]:
    return sandbox_routes(renderer, provider) if isinstance(provider, Sandbox) else []


def _lifespan(services: Services, reporting: Reporting, queue: Queue) -> Lifespan[Starlette]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await services.database.open()
        await services.provider.open()
        loop = asyncio.create_task(reporting.run(), name="reporting")
        try:
            yield
        finally:
            reporting.stop()
            await loop
            await services.buying.close()
            await services.provider.close()
            await services.database.close()
            await queue.close()

    return lifespan


def _services(settings: Settings, *, room: RoomClient, metrics: CheckoutMetrics) -> Services:
    database = Database(settings.database_url.get_secret_value())
    till = make_till(settings, database, room, metrics=metrics)
    return Services(
        settings=settings,
        signing=settings.signing(),
        metrics=metrics,
        database=database,
        provider=till.provider,
        catalogue=Catalogue(database),
        seat_states=SeatStatesOfEvents(database),
        sessions=Sessions(database, room, keys=settings.key_source(), metrics=metrics),
        holds=Holds(database),
        orders=OrderBook(database),
        events=ProviderEvents(database),
        buying=till.buying,
        refunds=till.refunds,
        answers=OrderAnswers(settings.checkout_url),
        vendors=Vendors(database),
        webhooks=Webhooks(database),
        guesses=Guesses(),
        selling=Selling.on(database),
    )
