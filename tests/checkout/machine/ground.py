"""Ground: makes the calls, holds them against the model, repeats them, and holds every invariant after each."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition

from checkout.payments.sandbox import SandboxMethod
from tests.checkout.fans import a_key, problem
from tests.checkout.machine.model import Hold, Model, Order
from tests.checkout.machine.record import hold
from tests.checkout.machine.view import View
from tests.checkout.machine.world import World

NUMBERS = st.integers(0, 11)
GROUPS = frozenset({"named", "best", "refresh", "release", "buy", "bank", "cancel", "replay", "refund"} | {
    "look", "time", "late", "leave", "vendor", "silence"
})  # fmt: skip
METHODS = (
    SandboxMethod.PAYS,
    SandboxMethod.DECLINED,
    SandboxMethod.NEEDS_ACTION,
    SandboxMethod.SILENT,
    SandboxMethod.CAPTURED_LATE,
    SandboxMethod.CAPTURE_FAILS,
)
MOST_FANS = 6


def group(name: str) -> Callable[[Any], Any]:  # Any: Hypothesis's decorators
    """Let the rule take part where its group is not left out."""
    return precondition(lambda machine: name in machine.groups)


@dataclass(frozen=True)
class Call:
    """A call with a key, and what it was answered."""

    fan: int
    path: str
    body: dict[str, Any]  # Any: JSON
    key: str
    answer: httpx.Response


class Ground(RuleBasedStateMachine):
    """A sale of its own, the model of it, and the calls that were made."""

    groups = GROUPS
    methods = METHODS

    world: World
    """Where its sales are: a subclass says so."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.calls: list[Call] = []

    @initialize(fans=st.integers(2, 3))
    def begin(self, fans: int) -> None:
        """Put the hall on sale and let the first fans in."""
        self.event = self.world.do(self.world.begin)
        for _ in range(fans):
            self.let_in()

    def let_in(self) -> None:
        """Let a fan in."""
        self.model.fans.append(self.world.do(self.world.open_session))

    @property
    def view(self) -> View:
        """The sale as the database has it."""
        return self.world.do(self.world.view)

    def fan_at(self, number: int) -> int:
        """One of the fans."""
        return number % len(self.model.fans)

    def hold_at(self, number: int) -> Hold:
        """One of the holds, the newer the smaller the number."""
        return list(self.model.holds.values())[-1 - number % len(self.model.holds)]

    def order_at(self, number: int, *statuses: str) -> Order | None:
        """One of the orders, of those in these states if any is."""
        orders = [*self.model.orders.values()]
        found = [order for order in orders if order.status in statuses] or orders
        return found[-1 - number % len(found)] if found else None

    def send(self, fan: int, method: str, path: str, body: object = None, *, key: str | None = None) -> httpx.Response:
        """Make a call; whatever was asked, no answer is a fault of ours."""
        answer = self.world.do(self.world.call, self.model.fans[fan], method, path, body, key)
        hold("no answer is a fault of ours", same=answer.status_code < 500, of=(method, path, body, answer.text))
        return answer

    def ask(self, fan: int, method: str, path: str, *, expect: str) -> httpx.Response:
        """Make a call without a key, twice: it is answered as the model says, and the second changes nothing."""
        answer = self.send(fan, method, path)
        hold("a call is answered as the model says", same=said(answer) == expect, of=(path, said(answer), expect))
        before = self.view
        again = self.send(fan, method, path)
        hold("a repeat is answered alike", same=said(again) == expect, of=(path, said(again), expect))
        # Each look at the bank is written down, also when the bank still waits for the buyer.
        self.hold_unchanged(before, path, but_for_entries=expect == "payment-action-required")
        return answer

    def ask_once(self, fan: int, path: str, body: dict[str, Any]) -> httpx.Response:  # Any: JSON
        """Make a call with a key, twice: the same answer, and the second changes nothing."""
        call = Call(fan, path, body, key := a_key(), self.send(fan, "POST", path, body, key=key))
        self.replay(call)
        if call.answer.status_code in {201, 402}:
            self.calls.append(call)
        return call.answer

    def replay(self, call: Call) -> None:
        """Make a call again under its key: what is kept is answered again, nothing changes."""
        before = self.view
        again = self.send(call.fan, "POST", call.path, call.body, key=call.key)
        first = call.answer
        expect = "idempotency-key-running" if first.status_code == 202 else said(first)
        hold("a repeat is answered alike", same=said(again) == expect, of=(call.path, said(again), expect))
        if first.status_code in {201, 402}:
            hold("a key gives its own answer", same=again.json() == first.json(), of=(call.path, again.text))
        self.hold_unchanged(before, call.path)

    def hold_unchanged(self, before: View, what: str, *, but_for_entries: bool = False) -> None:
        """Hold that nothing has changed."""
        after = self.view
        if but_for_entries:
            after.counts["entries"] = before.counts["entries"]
        hold("a repeat changes nothing", same=before == after, of=(what, before, after))

    def teardown(self) -> None:
        """Nothing: the next sale clears away."""

    @invariant()
    def hold_all(self) -> None:
        """Hold the rules of the ledger and the sweep, and the model beside the database."""
        broken, view, model = self.world.do(self.world.broken), self.view, copy.copy(self.model)
        for rule, rows in broken.items():
            hold(rule, same=False, of=rows)
        seats = {seat: holder for seat, holder in model.seat_has.items() if not model.is_free(seat)}
        hold("seats are whose the model says", same=view.seats == seats, of=(view.seats, seats))
        hold("what is sold is what the model says", same=view.sold == model.sold, of=(view.sold, model.sold))
        live = {hold_id for hold_id, found in model.holds.items() if model.is_live(found)}
        hold("holds live as long as the model says", same=view.live == live, of=(view.live, live))
        orders = {order_id: order.status for order_id, order in model.orders.items()}
        hold("orders stand as the model says", same=view.orders == orders, of=(view.orders, orders))
        tickets = {seat: order.order_id for order in model.orders.values() for seat in order.live_seats}
        hold("tickets are whose the model says", same=view.tickets == tickets, of=(view.tickets, tickets))
        money = {o.order_id: [o.taken, o.given_back] for o in model.orders.values() if o.taken}
        hold("money moved as the model says", same=view.money == money, of=(view.money, money))


def said(answer: httpx.Response) -> str:
    """The status of what was done, the problem of what was refused."""
    return str(answer.status_code) if answer.status_code < 400 else problem(answer)
