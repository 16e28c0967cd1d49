"""The till: all that takes and gives back money, made for the checkout and, in the same way, for the worker."""

from dataclasses import dataclass

from checkout.answers import OrderAnswers
from checkout.buying import Buying
from checkout.database import Database
from checkout.payments.provider import Provider
from checkout.payments.sandbox import Sandbox
from checkout.payments.stripe_intents import StripeIntents
from checkout.purchase import Purchase
from checkout.recovery import Recovery
from checkout.refunds import Refunds
from checkout.room_client import RoomClient
from waitroom.metrics import CheckoutMetrics
from waitroom.settings import Payments, Settings


@dataclass(frozen=True, kw_only=True)
class Till:
    """The parts that work with a payment provider."""

    provider: Provider
    buying: Buying
    refunds: Refunds
    recovery: Recovery


def make_till(settings: Settings, database: Database, room: RoomClient, *, metrics: CheckoutMetrics) -> Till:
    """Make the parts; nothing is opened yet. Raises ConfigurationError."""
    provider = make_provider(settings)
    purchase = Purchase(database, provider, room=room, signing=settings.signing())
    answers = OrderAnswers(settings.checkout_url)
    buying = Buying(database, provider, purchase, answers=answers, metrics=metrics)
    refunds = Refunds(database, provider)
    return Till(
        provider=provider,
        buying=buying,
        refunds=refunds,
        recovery=Recovery(database, provider, buying, refunds),
    )


def make_provider(settings: Settings) -> Provider:
    """Make the provider that the settings name. Raises ConfigurationError when they are not complete."""
    if settings.payments is Payments.STRIPE:
        return StripeIntents(settings.stripe())
    return Sandbox(settings.database_url.get_secret_value())
