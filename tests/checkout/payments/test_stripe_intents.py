"""Stripe's own client against localstripe, behind a proxy as strict as Stripe and as unreliable as a network."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import stripe

from checkout.errors import OutcomeUnknownError
from checkout.payments.provider import ActionRequired, Captured, Declined
from checkout.payments.stripe_intents import API_VERSION, StripeIntents
from checkout.values import Money
from tests.checkout.payments.contract import PRICE, Counterpart, ProviderContract
from tests.checkout.payments.fault_proxy import Fault, FaultProxy
from tests.patience import PATIENCE_SECONDS, until
from waitroom.stripe_keys import StripeKeys

ASKS = "4000002500003155"
STANDINGS = {
    "requires_capture": "authorised",
    "succeeded": "captured",
    "canceled": "voided",
    "requires_payment_method": "declined",
}
UNKNOWN = [Fault.REQUEST_LOST, Fault.REPLY_LOST, Fault.BROKEN, Fault.BUSY]


class StripeCounterpart(Counterpart):
    """Stripe's client, and the bank behind localstripe."""

    pays = "pm_card_visa"
    declines = "pm_card_chargeCustomerFail"
    key_error = stripe.IdempotencyError

    def __init__(self, intents: StripeIntents, proxy: FaultProxy, *, needs_action: str) -> None:
        self.provider = self.intents = intents
        self.proxy = proxy
        self.needs_action = needs_action

    async def decide(self, asked: ActionRequired, *, approves: bool) -> None:
        """Do what Stripe.js does with the client secret."""
        await self.proxy.authenticate(asked.next_action["client_secret"], succeeds=approves)

    async def books(self) -> list[tuple[str, int]]:
        """Read localstripe's own books."""
        return [(STANDINGS[intent["status"]], intent["refunded"]) for intent in await self.proxy.books()]


@pytest.fixture
async def counterpart(proxy: FaultProxy, stripe_keys: StripeKeys) -> AsyncIterator[StripeCounterpart]:
    """Stripe as the checkout sees it."""
    intents = StripeIntents(stripe_keys)
    await intents.open()
    yield StripeCounterpart(intents, proxy, needs_action=await proxy.card(ASKS))
    await intents.close()


class TestStripe(ProviderContract):
    """What holds for every provider."""


async def test_what_is_sent_is_what_was_committed(counterpart: StripeCounterpart) -> None:
    """Amount, currency, method, our own names for the payment, and nothing of the buyer's; the key is the attempt's."""
    await counterpart.authorise()
    (call,) = counterpart.proxy.calls
    assert (call.key, call.version) == ("order_1.1.authorise", API_VERSION)
    assert dict(call.fields) == {
        "amount": "5000",
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "allowed_payment_method_types[0]": "card",
        "capture_method": "manual",
        "confirm": "true",
        "use_stripe_sdk": "true",
        "error_on_requires_action": "false",
        "metadata[payment_id]": "order_1.1",
        "metadata[order_id]": "order_1",
    }
    assert "telemetry" not in str(call.headers).lower()


def test_the_pinned_version_is_the_librarys() -> None:
    """The library's types are those of its own version: who moves one looks at Stripe's changes and moves both."""
    assert stripe.api_version == API_VERSION


@pytest.mark.parametrize("fault", UNKNOWN)
async def test_what_got_no_answer_is_unknown_and_the_same_key_tells(
    counterpart: StripeCounterpart, fault: Fault
) -> None:
    """Whatever was lost at whichever step, the library does not repeat, and our own repeat moves money once."""
    for verb in ("create", "capture", "refund"):
        counterpart.proxy.let_fail(verb, fault)
    with pytest.raises(OutcomeUnknownError):
        await counterpart.authorise()
    assert counterpart.proxy.count("create") == 1
    authorisation = await counterpart.authorised()
    with pytest.raises(OutcomeUnknownError):
        await counterpart.provider.capture(key="capture", authorisation=authorisation)
    assert await counterpart.provider.capture(key="capture", authorisation=authorisation) == Captured()
    with pytest.raises(OutcomeUnknownError):
        await counterpart.provider.refund(key="refund", authorisation=authorisation, money=PRICE)
    await counterpart.provider.refund(key="refund", authorisation=authorisation, money=PRICE)
    assert await counterpart.books() == [("captured", 5_000)]


@pytest.mark.parametrize("fault", UNKNOWN)
async def test_a_void_that_got_no_answer_is_made_again(counterpart: StripeCounterpart, fault: Fault) -> None:
    """Letting go is as safe to repeat as taking."""
    authorisation = await counterpart.authorised()
    counterpart.proxy.let_fail("cancel", fault)
    with pytest.raises(OutcomeUnknownError):
        await counterpart.provider.void(key="void", authorisation=authorisation)
    await counterpart.provider.void(key="void", authorisation=authorisation)
    assert await counterpart.books() == [("voided", 0)]


async def test_a_call_beside_its_first_is_unknown(counterpart: StripeCounterpart) -> None:
    """While Stripe still works on a key (409), nothing is known; afterwards it is."""
    held = counterpart.proxy.hold_work()
    first = asyncio.create_task(counterpart.authorise())
    await held.arrived.wait()
    with pytest.raises(OutcomeUnknownError):
        await counterpart.authorise()
    held.released.set()
    assert await first == await counterpart.authorise()
    assert await counterpart.books() == [("authorised", 0)]


async def test_a_bank_that_takes_its_time_is_asked_about(counterpart: StripeCounterpart) -> None:
    """Stripe's first answer was that it waits for the bank, and that is what it keeps under the key: we look again."""
    counterpart.proxy.first_says = {"create": "processing", "capture": "processing", "retrieve": "processing"}
    with pytest.raises(OutcomeUnknownError):
        await counterpart.authorise()
    del counterpart.proxy.first_says["retrieve"]
    authorisation = await counterpart.authorised()
    assert await counterpart.provider.capture(key="capture", authorisation=authorisation) == Captured()
    assert await counterpart.books() == [("captured", 0)]


async def test_a_slow_answer_is_unknown(stripe_keys: StripeKeys, proxy: FaultProxy) -> None:
    """Nobody waits for ever: after the time-out the outcome is unknown, and the same key tells."""
    impatient = httpx.Timeout(PATIENCE_SECONDS, read=0.2)
    intents = StripeIntents(stripe_keys, timeout=impatient)
    await intents.open()
    counterpart = StripeCounterpart(intents, proxy, needs_action="")
    held = proxy.hold("create")
    with pytest.raises(OutcomeUnknownError):
        await counterpart.authorise()
    await intents.close()
    await until(held.arrived.is_set)
    held.released.set()


@pytest.mark.parametrize("fault", UNKNOWN)
async def test_a_look_that_got_no_answer_is_unknown(counterpart: StripeCounterpart, fault: Fault) -> None:
    """Silence is neither yes nor no."""
    authorisation = await counterpart.authorised()
    counterpart.proxy.let_fail("retrieve", fault)
    with pytest.raises(OutcomeUnknownError):
        await counterpart.provider.look_up(authorisation=authorisation)


async def test_a_stripe_that_cannot_be_reached_is_unknown_and_no_fault_of_ours(stripe_keys: StripeKeys) -> None:
    """No money moves, and the checkout is ready all the same."""
    away = StripeIntents(StripeKeys(**vars(stripe_keys) | {"stand_in_url": "http://127.0.0.1:1"}))
    await away.open()
    with pytest.raises(OutcomeUnknownError):
        await away.look_up(authorisation="pi_any")
    assert await away.why_not_ready() is None
    await away.close()


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("insufficient_funds", Declined(code="insufficient_funds", is_retryable=True)),
        ("generic_decline", Declined(code="generic_decline", is_retryable=True)),
        ("stolen_card", Declined(code="card_declined", is_retryable=False)),
        ("fraudulent", Declined(code="card_declined", is_retryable=False)),
    ],
)
async def test_a_decline_says_why_unless_that_helps_a_thief(
    counterpart: StripeCounterpart, told: str, shown: Declined
) -> None:
    """What the bank says is passed on, but for what only the card's owner should know."""
    counterpart.proxy.decline_code = told
    assert await counterpart.authorise(counterpart.declines) == shown


async def test_a_method_that_is_not_there_is_a_decline(counterpart: StripeCounterpart) -> None:
    """The browser names the method, so a wrong one is the buyer's to mend, and no case for a human."""
    answer = await counterpart.authorise("pm_nobody")
    assert answer == Declined(code="resource_missing", is_retryable=True)


async def test_a_wrong_call_is_loud(counterpart: StripeCounterpart) -> None:
    """What Stripe says is wrong in our call is not taken for silence."""
    nothing = Money(amount=0, currency="usd")
    with pytest.raises(stripe.InvalidRequestError):
        await counterpart.provider.authorise(key="a-key", money=nothing, method="pm_card_visa", payment_id="order_1.1")
    with pytest.raises(stripe.InvalidRequestError):
        await counterpart.provider.look_up(authorisation="pi_nobody")


async def test_money_that_was_taken_is_not_let_go_in_silence(counterpart: StripeCounterpart) -> None:
    """Who voids what has been captured has a bug."""
    authorisation = await counterpart.captured()
    with pytest.raises(stripe.InvalidRequestError):
        await counterpart.provider.void(key="void", authorisation=authorisation)
    assert await counterpart.books() == [("captured", 0)]


async def test_what_was_taken_by_another_hand_is_taken(counterpart: StripeCounterpart) -> None:
    """Somebody captured it on Stripe's own pages: the ticket is paid for."""
    authorisation = await counterpart.captured()
    assert await counterpart.provider.capture(key="later", authorisation=authorisation) == Captured()


async def test_a_bad_key_is_loud_and_named(proxy: FaultProxy, stripe_keys: StripeKeys) -> None:
    """The unit is not ready, says which setting is wrong, and a payment with it is no unknown outcome."""
    intents = StripeIntents(StripeKeys(**vars(stripe_keys) | {"api_key": "rk_test_wrong"}))
    await intents.open()
    # A machine that is too slow for the question asks again, as whoever looks at readiness does.
    while (reason := await intents.why_not_ready()) is None:
        pass
    assert reason == "Stripe refuses WAITROOM_STRIPE_API_KEY."
    with pytest.raises(stripe.AuthenticationError):
        await StripeCounterpart(intents, proxy, needs_action="").authorise()
    await intents.close()


async def test_a_good_key_is_asked_about_once(counterpart: StripeCounterpart) -> None:
    """Readiness does not load Stripe."""
    while not counterpart.intents._is_key_good:
        assert await counterpart.provider.why_not_ready() is None
    asked = counterpart.proxy.count("list")
    for _ in range(3):
        assert await counterpart.provider.why_not_ready() is None
    assert counterpart.proxy.count("list") == asked
