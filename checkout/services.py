"""What the endpoints work with, made once by the composition root."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from checkout.answers import OrderAnswers
from checkout.buying import Buying
from checkout.catalogue import Catalogue
from checkout.database import Database
from checkout.holds import Holds
from checkout.order_book import OrderBook
from checkout.payments.provider import Provider
from checkout.provider_events import ProviderEvents
from checkout.refunds import Refunds
from checkout.seat_states import SeatStatesOfEvents
from checkout.sessions import Session, Sessions
from checkout.vendors.accounts import Vendors
from checkout.vendors.selling import Selling
from checkout.vendors.webhooks import Webhooks
from waitroom.metrics import CheckoutMetrics
from waitroom.settings import Settings
from waitroom.tokens import SigningKeys
from waitroom.web.guesses import Guesses


@dataclass(frozen=True, kw_only=True)
class Services:
    """The parts of a checkout."""

    settings: Settings
    signing: SigningKeys
    metrics: CheckoutMetrics
    database: Database
    provider: Provider
    catalogue: Catalogue
    seat_states: SeatStatesOfEvents
    sessions: Sessions
    holds: Holds
    orders: OrderBook
    events: ProviderEvents
    buying: Buying
    refunds: Refunds
    answers: OrderAnswers
    vendors: Vendors
    webhooks: Webhooks
    guesses: Guesses
    selling: Selling


def services_of(request: HTTPConnection) -> Services:
    """Return the services of the app that serves this request."""
    services: Services = request.app.state.services
    return services


def session_of(request: HTTPConnection) -> Session:
    """Return the session that the guard let in."""
    session: Session = request.state.admission
    return session
