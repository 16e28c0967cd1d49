"""What every provider must do, whoever it is; the tests of each inherit this."""

import asyncio

import pytest

from checkout.payments.provider import (
    ActionRequired,
    Authorised,
    Captured,
    CaptureFailed,
    Declined,
    Provider,
    Refunded,
    RefundFailed,
    Voided,
)
from checkout.values import Money

PRICE = Money(amount=5_000, currency="usd")
PART = Money(amount=2_000, currency="usd")
REST = Money(amount=3_000, currency="usd")
ONE_MORE = Money(amount=1, currency="usd")


class Counterpart:
    """A provider, and what a test can do on its other side."""

    provider: Provider
    pays: str
    declines: str
    needs_action: str
    key_error: type[Exception]

    async def decide(self, asked: ActionRequired, *, approves: bool) -> None:
        """Do what the bank asked for."""
        raise NotImplementedError

    async def books(self) -> list[tuple[str, int]]:
        """What its own books say: how each reservation stands, and what was given back of it."""
        raise NotImplementedError

    async def authorise(
        self, method: str | None = None, *, key: str = "order_1.1.authorise"
    ) -> Authorised | Declined | ActionRequired:
        """Ask for five thousand."""
        return await self.provider.authorise(key=key, money=PRICE, method=method or self.pays, payment_id="order_1.1")

    async def authorised(self) -> str:
        """Get five thousand reserved."""
        answer = await self.authorise()
        assert isinstance(answer, Authorised)
        return answer.authorisation

    async def captured(self) -> str:
        """Get five thousand taken."""
        authorisation = await self.authorised()
        assert await self.provider.capture(key="capture", authorisation=authorisation) == Captured()
        return authorisation

    async def asked(self) -> ActionRequired:
        """Get to where the bank asks the buyer."""
        answer = await self.authorise(self.needs_action)
        assert isinstance(answer, ActionRequired)
        return answer


class ProviderContract:
    """The rules of the port."""

    async def test_a_repeated_key_reserves_once(self, counterpart: Counterpart) -> None:
        """However often a call is repeated the money is reserved once, and the answer is the same."""
        answers = [await counterpart.authorise() for _ in range(3)]
        assert isinstance(answers[0], Authorised)
        assert answers[0] == answers[1] == answers[2]
        assert await counterpart.books() == [("authorised", 0)]

    async def test_another_key_is_another_reservation(self, counterpart: Counterpart) -> None:
        """A second try is a payment of its own."""
        await counterpart.authorise(key="order_1.1.authorise")
        await counterpart.authorise(key="order_1.2.authorise")
        assert await counterpart.books() == [("authorised", 0)] * 2

    async def test_a_key_with_another_request_is_loud(self, counterpart: Counterpart) -> None:
        """A key that means two things is a fault of ours, and neither a decline nor an unknown outcome."""
        await counterpart.authorise()
        with pytest.raises(counterpart.key_error):
            await counterpart.authorise(counterpart.declines)

    async def test_a_decline_moves_nothing(self, counterpart: Counterpart) -> None:
        """No money is reserved, and the same key declines again."""
        for _ in range(2):
            assert isinstance(await counterpart.authorise(counterpart.declines), Declined)
        assert [standing for standing, _ in await counterpart.books() if standing != "declined"] == []

    async def test_what_is_captured_is_captured_once(self, counterpart: Counterpart) -> None:
        """A repeated capture is the same capture."""
        authorisation = await counterpart.authorised()
        assert await counterpart.provider.look_up(authorisation=authorisation) == Authorised(
            authorisation=authorisation
        )
        for _ in range(2):
            assert await counterpart.provider.capture(key="capture", authorisation=authorisation) == Captured()
        assert await counterpart.provider.look_up(authorisation=authorisation) == Captured()
        assert await counterpart.books() == [("captured", 0)]

    async def test_what_is_voided_stays_so(self, counterpart: Counterpart) -> None:
        """Letting go is harmless when it has been done, and money that was let go cannot be taken."""
        authorisation = await counterpart.authorised()
        for key in ("void", "void", "void again"):
            await counterpart.provider.void(key=key, authorisation=authorisation)
        assert await counterpart.provider.look_up(authorisation=authorisation) == Voided()
        answer = await counterpart.provider.capture(key="capture", authorisation=authorisation)
        assert answer == CaptureFailed(code="authorisation_gone")
        assert await counterpart.books() == [("voided", 0)]

    @pytest.mark.parametrize("approves", [True, False])
    async def test_the_bank_asks_the_buyer(self, counterpart: Counterpart, approves: bool) -> None:
        """Nothing is reserved until the buyer has approved, and nothing at all when not."""
        asked = await counterpart.asked()
        assert isinstance(await counterpart.provider.look_up(authorisation=asked.authorisation), ActionRequired)
        await counterpart.decide(asked, approves=approves)
        answer = await counterpart.provider.look_up(authorisation=asked.authorisation)
        assert isinstance(answer, Authorised if approves else Declined)

    async def test_what_the_bank_still_asks_about_can_be_let_go(self, counterpart: Counterpart) -> None:
        """An order that ends while the buyer is at the bank leaves nothing behind."""
        asked = await counterpart.asked()
        await counterpart.provider.void(key="void", authorisation=asked.authorisation)
        assert await counterpart.provider.look_up(authorisation=asked.authorisation) == Voided()

    async def test_a_refund_is_given_once_a_key_and_never_more_than_was_taken(self, counterpart: Counterpart) -> None:
        """Part, the rest, and not a cent more."""
        authorisation, refund = await counterpart.captured(), counterpart.provider.refund
        first = await refund(key="refund_1", authorisation=authorisation, money=PART)
        assert isinstance(first, Refunded)
        assert await refund(key="refund_1", authorisation=authorisation, money=PART) == first
        too_much = await refund(key="refund_2", authorisation=authorisation, money=PRICE)
        assert too_much == RefundFailed(code="more_than_was_taken")
        assert isinstance(await refund(key="refund_3", authorisation=authorisation, money=REST), Refunded)
        assert isinstance(await refund(key="refund_4", authorisation=authorisation, money=ONE_MORE), RefundFailed)
        assert await counterpart.books() == [("captured", 5_000)]

    async def test_two_refunds_at_once_are_no_more_than_was_taken(self, counterpart: Counterpart) -> None:
        """Whoever comes second gets no money."""
        authorisation = await counterpart.captured()
        answers = await asyncio.gather(
            *[
                counterpart.provider.refund(key=f"refund_{number}", authorisation=authorisation, money=REST)
                for number in range(2)
            ]
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["RefundFailed", "Refunded"]

    async def test_a_method_has_a_form(self, counterpart: Counterpart) -> None:
        """A card's number is no payment method, with blanks or without."""
        accepts = counterpart.provider.accepts
        assert accepts(counterpart.pays)
        assert not any(map(accepts, ["", "4242424242424242", "4242 4242 4242 4242", "card", "pm_", "pm_visa\n"]))
