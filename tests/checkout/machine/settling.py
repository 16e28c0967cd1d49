"""What happens beside the fans: time passes, workers look, vendors give money back, the event is cancelled."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from psycopg import IntegrityError

from checkout.errors import OutcomeUnknownError
from checkout.holds import Refused
from checkout.values import Document
from tests.checkout.fans import a_key
from tests.checkout.machine.ground import NUMBERS, Ground, group
from tests.checkout.machine.model import REFUNDABLE, Order
from tests.checkout.machine.record import BrokenRuleError, hold

SECONDS = st.sampled_from([100.0, 400.0, 700.0, 1900.0])


class Settling(Ground):
    """Rules about what nobody asks for, and about refunds."""

    @group("time")
    @rule(seconds=SECONDS)
    def let_pass(self, seconds: float) -> None:
        """Let time pass, to a moment at which no hold ends."""
        self.model.passed += seconds
        while self.model.is_near_an_end():
            self.model.passed += (more := 130.0)
            seconds += more
        self.world.do(self.world.let_pass, seconds)

    @group("look")
    @rule(number=NUMBERS)
    def look(self, number: int) -> None:
        """A worker ends orders whose holds have ended, and makes one of the calls to the bank that wait."""
        waiting = self.view.waiting
        attempt = waiting[number % len(waiting)] if waiting else ["none", "none", "", ""]
        self.model.expire()
        if attempt[1] == "refund":
            self.model.refund(self.model.orders[attempt[2]], attempt[3])
        elif attempt[1] in {"authorise", "confirm", "capture"}:
            self.settle(self.model.orders[attempt[2]])
        self.world.do(self.world.look, attempt[0])
        self.give_back_of_event()

    @group("refund")
    @precondition(lambda self: any(order.status in REFUNDABLE for order in self.model.orders.values()))
    @rule(number=NUMBERS, lines=st.sets(st.integers(1, 3), max_size=2), is_silent=st.booleans())
    def refund(self, number: int, lines: set[int], is_silent: bool) -> None:
        """The vendor gives back lines, or all that is left; the bank may be silent. Asked twice, it is one refund."""
        order = self.order_at(number, *REFUNDABLE)
        assert order is not None
        if is_silent and "silence" in self.groups:
            self.world.provider.before["refund"] = _fall_silent
        chosen, key = sorted(lines) or None, a_key()
        answer = self.world.do(self._refund, order.order_id, chosen, key)
        self.world.provider.before.clear()
        asked = None if isinstance(answer, Refused) else answer["refund_id"]
        amount = self.model.begin_refund(order, frozenset(lines) or None, asked or "refused")
        hold("a refund is taken on or refused as the model says", same=(amount is None) == (asked is None),
             of=(chosen, amount, answer))  # fmt: skip
        if isinstance(answer, Refused) or asked is None:
            return
        hold("so much goes back", same=answer["amount"] == amount, of=(answer, amount))
        if answer["status"] == "refunded":
            self.model.refund(order, asked)
            before = self.view
            again = self.world.do(self._refund, order.order_id, chosen, key)
            hold("a repeat is answered alike", same=again == answer, of=(answer, again))
            self.hold_unchanged(before, "refund")

    @group("vendor")
    @precondition(lambda self: self.model.orders and not self.model.is_cancelled)
    @rule(number=st.integers(0, 7))
    def cancel_event(self, number: int) -> None:
        """Now and then the event does not take place."""
        if number:
            return
        path, world = f"/v1/vendor/events/{self.event}/cancel", self.world
        answer = world.do(world.call, world.vendor_key, "POST", path, {"reason": "rain"}, a_key())
        hold("an event is cancelled", same=answer.status_code == 200, of=answer.text)
        self.model.cancel_event()
        self.give_back_of_event()

    def settle(self, order: Order) -> None:
        """Move the model on by a call to the bank that waited."""
        match order.status:
            case "needs_action":
                self.model.look_at_bank(order)
            case "unknown":
                self.model.secure(order)
            case "secured":
                self.model.capture(order)

    def give_back_of_event(self) -> None:
        """Let the worker give back what was paid for a cancelled event."""
        if not self.model.is_cancelled:
            return
        for order in self.model.orders.values():
            if self.model.begin_refund(order, None, "of event") is not None:
                self.model.refund(order, "of event")
        self.world.do(self.world.refund_event)

    async def _refund(self, order_id: str, lines: list[int] | None, key: str) -> Document | Refused:
        try:
            return await self.world.services.refunds.refund(order_id, lines=lines, reason="rain", key=key)
        except IntegrityError as refused:
            raise BrokenRuleError("no answer is a fault of ours", str(refused)) from refused


async def _fall_silent() -> None:
    raise OutcomeUnknownError("silence")
