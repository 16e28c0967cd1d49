"""What fans do about money: pay by every method, do what the bank asks for, cancel, call again."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.checkout.machine.ground import NUMBERS, Ground, group, said
from tests.checkout.machine.model import Order
from tests.checkout.machine.record import hold


class Paying(Ground):
    """Rules about orders."""

    @group("buy")
    @precondition(lambda self: self.model.holds)
    @rule(number=NUMBERS, choice=NUMBERS, is_own=st.integers(0, 5))
    def buy(self, number: int, choice: int, is_own: int) -> None:
        """Pay for a hold: one's own, or now and then another's."""
        found, method = self.hold_at(number), self.methods[choice % len(self.methods)]
        fan = found.fan if is_own else self.fan_at(number)
        body = {"hold_id": found.hold_id, "email": "fan@example.org", "payment_method": str(method)}
        if fan in self.model.left or fan != found.fan:
            expect = "admission-required" if fan in self.model.left else "hold-missing"
        elif (refused := self.model.refusal_to_pay(found)) is not None:
            expect = refused
        else:
            order = self.model.order_of(found) or Order("", found)
            expect = self.model.pay(order, method)
            self.know(order, self.ask_paid(fan, body, expect))
            return
        self.ask_paid(fan, body, expect)

    @group("bank")
    @precondition(lambda self: self.model.orders)
    @rule(number=NUMBERS, approves=st.booleans())
    def decide(self, number: int, approves: bool) -> None:
        """Do what the bank asks for, or refuse to."""
        order = self.order_at(number, "needs_action")
        if order is not None and order.status == "needs_action" and order.decision is None:
            order.decision = approves
            self.world.do(self.world.decide, order.order_id, approves)

    @group("bank")
    @precondition(lambda self: self.model.orders)
    @rule(number=NUMBERS, by=NUMBERS)
    def confirm(self, number: int, by: int) -> None:
        """Say that the bank has been told; of one's own order, or of another's."""
        order = self.order_at(number, "needs_action")
        assert order is not None
        fan = self.fan_at(by) if by < 2 else order.hold.fan
        expect = "admission-required" if fan in self.model.left else "order-missing"
        if fan == order.hold.fan and fan not in self.model.left:
            expect = self.model.confirm(order).replace("paid", "200")
        self.ask(fan, "POST", f"/v1/orders/{order.order_id}/confirm", expect=expect)

    @group("cancel")
    @precondition(lambda self: self.model.orders)
    @rule(number=NUMBERS, by=NUMBERS)
    def cancel(self, number: int, by: int) -> None:
        """Cancel an order: one's own, or try it with another's."""
        order = self.order_at(number)
        assert order is not None
        fan = self.fan_at(by) if by < 2 else order.hold.fan
        expect = "admission-required" if fan in self.model.left else "order-missing"
        if fan == order.hold.fan and fan not in self.model.left:
            expect = self.model.cancel(order)
        self.ask(fan, "POST", f"/v1/orders/{order.order_id}/cancel", expect=expect)

    @group("replay")
    @precondition(lambda self: self.calls)
    @rule(number=NUMBERS, is_changed=st.booleans())
    def call_again(self, number: int, is_changed: bool) -> None:
        """Make a former call again under its key: its answer, whatever came of it since; changed, a refusal."""
        call = self.calls[-1 - number % len(self.calls)]
        if call.fan in self.model.left:
            return
        if not is_changed:
            self.replay(call)
            return
        before = self.view
        changed = call.body | ({"email": "another@example.org"} if "email" in call.body else {"accessible": 1})
        if changed == call.body:
            return
        answer = self.send(call.fan, "POST", call.path, changed, key=call.key)
        same = said(answer) == "idempotency-key-reused"
        hold("a key with another payload is refused", same=same, of=(changed, answer.text))
        self.hold_unchanged(before, call.path)

    def ask_paid(self, fan: int, body: dict[str, str], expect: str) -> str:
        """Ask for an order, hold the answer against the model, and return the order's id; none when refused."""
        answer = self.ask_once(fan, "/v1/orders", body)
        hold("a purchase ends as the model says", same=said(answer) == expect.replace("paid", "201"),
             of=(body, answer.text, expect))  # fmt: skip
        order_id: str = answer.json().get("order_id", "")
        return order_id

    def know(self, order: Order, order_id: str) -> None:
        """Know an order by its id from now on."""
        hold("an order is named", same=order.order_id in {"", order_id} and order_id != "", of=order_id)
        order.order_id = order_id
        self.model.orders[order_id] = order
