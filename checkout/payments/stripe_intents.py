"""Stripe: PaymentIntents that are captured by hand, through Stripe's own library.

Its retries are off: a call that got no answer is made again by whoever finds its row, under the same key, of which
Stripe keeps the first answer. Silence, and whatever else leaves open whether Stripe acted (a time-out, 409 while the
first call with the key still runs, 429, 5xx), is an unknown outcome. A call that Stripe refuses as wrong is a fault of
ours or a bad key: the library's error goes up as it is.
"""

import asyncio
import re
from collections.abc import Awaitable
from typing import Any, TypeVar

import httpx
import stripe

from checkout.errors import OutcomeUnknownError
from checkout.payments.provider import (
    ActionRequired,
    Authorised,
    Captured,
    CaptureFailed,
    Declined,
    Method,
    Refunded,
    RefundFailed,
    Voided,
)
from checkout.payments.stripe_transport import HttpxTransport
from checkout.values import Money
from waitroom.stripe_keys import StripeKeys

API_VERSION = "2026-10-28.endive"
"""What Stripe's answers look like is fixed here, not by the account or the library."""
TIMEOUT = httpx.Timeout(connect=3.0, read=20.0, write=5.0, pool=2.0)
WHOLE_CALL_SECONDS = 25.0
KEY_CHECK_SECONDS = 2.0

METHOD_FORM = re.compile(r"pm_[A-Za-z0-9_]{1,60}")
SILENCE = (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError, TimeoutError)
BAD_KEY = (stripe.AuthenticationError, stripe.PermissionError)

FINAL = frozenset({"fraudulent", "lost_card", "merchant_blacklist", "pickup_card", "restricted_card", "stolen_card"})
"""Declines of which the buyer is told neither the reason nor that another try could help."""
UNEXPECTED_STATE = "payment_intent_unexpected_state"
OVER = frozenset({UNEXPECTED_STATE, "charge_expired_for_capture", "capture_charge_authorization_expired"})
WRONG_METHOD = frozenset({"payment_intent_incompatible_payment_method", "payment_method_unexpected_state"})
NOT_REFUNDABLE = frozenset({"charge_already_refunded", "charge_disputed", "refund_disputed_payment"})
MORE_THAN_WAS_TAKEN = "more_than_was_taken"

A = TypeVar("A")
Standing = Authorised | Declined | ActionRequired | Captured | Voided


class StripeIntents:
    """Stripe as a provider. A payment's reference is the id of its PaymentIntent, whose metadata name our payment."""

    name = "stripe"

    def __init__(self, keys: StripeKeys, *, timeout: httpx.Timeout = TIMEOUT) -> None:
        self._keys = keys
        self._timeout = timeout
        self._is_key_good = False

    async def open(self) -> None:
        """Open its connections; nothing is sent."""
        # The library would send a name and the platform of this machine, and keep a file in the home folder.
        stripe.enable_telemetry = False
        self._http = HttpxTransport(self._timeout)
        client = stripe.StripeClient(
            self._keys.api_key,
            stripe_version=API_VERSION,
            http_client=self._http,
            max_network_retries=0,
            base_addresses={"api": self._keys.stand_in_url} if self._keys.stand_in_url else None,
        )
        self._intents, self._refunds = client.v1.payment_intents, client.v1.refunds

    async def close(self) -> None:
        """Close them."""
        await self._http.close_async()

    async def why_not_ready(self) -> str | None:
        """Say that Stripe refuses our key; while Stripe is away, nothing is wrong with us."""
        if self._is_key_good:
            return None
        try:
            async with asyncio.timeout(KEY_CHECK_SECONDS):
                await self._ask(self._intents.list_async({"limit": 1}))
        except BAD_KEY:
            return "Stripe refuses WAITROOM_STRIPE_API_KEY."
        except (OutcomeUnknownError, TimeoutError):
            return None
        return None

    def methods(self) -> tuple[Method, ...]:
        """Return nothing: Stripe's own element on the page offers what there is."""
        return ()

    def accepts(self, method: str) -> bool:
        """Say whether this looks like the id of a PaymentMethod."""
        return METHOD_FORM.fullmatch(method) is not None

    async def authorise(
        self, *, key: str, money: Money, method: str, payment_id: str
    ) -> Authorised | Declined | ActionRequired:
        """Make and confirm a PaymentIntent; all that is sent follows from committed rows."""
        request: stripe.params.PaymentIntentCreateParams = {
            "amount": money.amount,
            "currency": money.currency,
            "payment_method": method,
            "allowed_payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
            "use_stripe_sdk": True,
            "error_on_requires_action": False,
            "metadata": {"payment_id": payment_id, "order_id": payment_id.rpartition(".")[0]},
        }
        try:
            intent = await self._ask(self._intents.create_async(request, {"idempotency_key": key}))
        except stripe.CardError as declined:
            return _declined(_code_of(declined))
        except stripe.InvalidRequestError as refused:
            if not _is_about_the_method(refused):
                raise
            return Declined(code=refused.code or "payment_method_refused", is_retryable=True)
        answer = await self._settled(intent)
        assert not isinstance(answer, Captured | Voided), "a new PaymentIntent is neither captured nor cancelled"
        return answer

    async def look_up(self, *, authorisation: str) -> Standing:
        """Say how a PaymentIntent stands."""
        return _standing(await self._ask(self._intents.retrieve_async(authorisation)))

    async def capture(self, *, key: str, authorisation: str) -> Captured | CaptureFailed:
        """Take what was reserved; what has been taken already is taken."""
        try:
            intent = await self._ask(self._intents.capture_async(authorisation, {}, {"idempotency_key": key}))
        except stripe.CardError as broken:
            return CaptureFailed(code=_code_of(broken))
        except stripe.InvalidRequestError as refused:
            if refused.code not in OVER:
                raise
            standing = await self.look_up(authorisation=authorisation)
            if isinstance(standing, Authorised):
                raise
        else:
            standing = await self._settled(intent)
        return standing if isinstance(standing, Captured) else CaptureFailed(code="authorisation_gone")

    async def void(self, *, key: str, authorisation: str) -> None:
        """Cancel a PaymentIntent; one that is cancelled stays so."""
        try:
            await self._ask(self._intents.cancel_async(authorisation, {}, {"idempotency_key": key}))
        except stripe.InvalidRequestError as refused:
            is_over = refused.code == UNEXPECTED_STATE
            if not is_over or not isinstance(await self.look_up(authorisation=authorisation), Voided):
                raise

    async def refund(self, *, key: str, authorisation: str, money: Money) -> Refunded | RefundFailed:
        """Give back so much of what was taken; Stripe itself refuses more."""
        request: stripe.params.RefundCreateParams = {
            "payment_intent": authorisation,
            "amount": money.amount,
            "metadata": {"refund_id": key},
        }
        try:
            refund = await self._ask(self._refunds.create_async(request, {"idempotency_key": key}))
        except stripe.InvalidRequestError as refused:
            code = MORE_THAN_WAS_TAKEN if refused.param == "amount" else refused.code
            if code is None or code not in NOT_REFUNDABLE | {MORE_THAN_WAS_TAKEN}:
                raise
            return RefundFailed(code=code)
        if refund.status in {"failed", "canceled"}:
            return RefundFailed(code=getattr(refund, "failure_reason", None) or str(refund.status))
        return Refunded(reference=refund.id)

    async def _settled(self, intent: stripe.PaymentIntent) -> Standing:
        # The answer kept under a key would say `processing` for ever.
        return await self.look_up(authorisation=intent.id) if intent.status == "processing" else _standing(intent)

    async def _ask(self, call: Awaitable[A]) -> A:
        try:
            async with asyncio.timeout(WHOLE_CALL_SECONDS):
                answer = await call
        except SILENCE as silence:
            raise OutcomeUnknownError("Stripe did not answer.") from silence
        except BAD_KEY:
            self._is_key_good = False
            raise
        self._is_key_good = True
        return answer


def _standing(intent: stripe.PaymentIntent) -> Standing:
    # Cases in the order of a PaymentIntent's life; `requires_confirmation` never lasts, since we confirm at once.
    match intent.status:
        case "requires_action" | "requires_confirmation":
            action = {"type": "stripe", "client_secret": intent.client_secret}
            return ActionRequired(authorisation=intent.id, next_action=action)
        case "requires_payment_method":
            return _declined(_last_error_code(intent))
        case "requires_capture":
            return Authorised(authorisation=intent.id)
        case "succeeded":
            return Captured()
        case "canceled":
            return Voided()
        case _:
            raise OutcomeUnknownError("Stripe waits for the bank.")


def _declined(code: str) -> Declined:
    return Declined(code="card_declined" if code in FINAL else code, is_retryable=code not in FINAL)


def _code_of(error: stripe.CardError) -> str:
    return _finest_code(error.error) or error.code or "card_declined"


def _last_error_code(intent: stripe.PaymentIntent) -> str:
    return _finest_code(intent.last_payment_error) or "card_declined"


def _finest_code(error: Any) -> str | None:  # Any: an error object of either kind; absent members have no attribute
    found: str | None = getattr(error, "decline_code", None) or getattr(error, "code", None)
    return found


def _is_about_the_method(refused: stripe.InvalidRequestError) -> bool:
    # The buyer's browser names the method, so one that is not there or cannot be used is no fault of ours.
    return (refused.param or "").startswith("payment_method") or refused.code in WRONG_METHOD
