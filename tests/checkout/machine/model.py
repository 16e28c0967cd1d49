"""What must be so: who may have what, worked out in plain Python beside the real checkout."""

import time
from dataclasses import dataclass, field

from checkout.payments.sandbox import SandboxMethod
from tests.checkout.halls import ACCESSIBLE, COMPANION, TIERS

HOLD_SECONDS, LONGEST_SECONDS, PAYMENT_SECONDS = 600, 900, 300
LATE_SECONDS = 5
"""How long after a hold's end a sweeper lets its order be."""
LIMIT = 4
FEE = 250
ENDED = {"cancelled", "expired", "voided"}
OPEN = {"awaiting_payment", "needs_action"}
REFUNDABLE = {"paid", "partly_refunded"}
SOLD = REFUNDABLE | {"refunded"}


@dataclass(frozen=True)
class Seat:
    """A seat of the hall."""

    seat: str
    category: str
    price: int
    kind: str


def _kind(seat: str) -> str:
    if seat in ACCESSIBLE:
        return "accessible"
    return "companion" if seat in COMPANION else "standard"


HALL = {
    seat: Seat(seat, tier.category, tier.price, _kind(seat))
    for tier in TIERS
    for section in tier.sections
    for row in "ABC"[: tier.rows]
    for seat in [f"{section}-{row}-{place}" for place in range(1, tier.seats_per_row + 1)]
}


@dataclass
class Hold:
    """A hold; `until` is in the model's seconds."""

    hold_id: str
    fan: int
    seats: tuple[str, ...]
    placed: float
    until: float
    state: str = "live"
    has_begun_to_pay: bool = False

    @property
    def amount(self) -> int:
        """What its seats cost, with the fee of an order."""
        return sum(HALL[seat].price for seat in self.seats) + FEE


@dataclass
class Order:
    """An order, its newest payment, and which of its lines have been given back or are about to."""

    order_id: str
    hold: Hold
    status: str = "awaiting_payment"
    method: str = SandboxMethod.PAYS
    has_declined: bool = False
    decision: bool | None = None
    taken: int = 0
    given_back: int = 0
    refunds: dict[str, tuple[frozenset[int], int, str]] = field(default_factory=dict)

    @property
    def open_lines(self) -> frozenset[int]:
        """The lines whose money is the seller's, and stays so as far as anybody has asked."""
        asked = [lines for lines, _, _ in self.refunds.values()]
        return frozenset(range(1, len(self.hold.seats) + 1)).difference(*asked)

    @property
    def live_seats(self) -> list[str]:
        """The seats that it has tickets for."""
        if self.status not in SOLD | {"secured"}:
            return []
        gone = [lines for lines, _, status in self.refunds.values() if status == "refunded"]
        return [seat for line, seat in enumerate(self.hold.seats, 1) if not any(line in lines for lines in gone)]


@dataclass
class Model:
    """All of it."""

    fans: list[str] = field(default_factory=list)
    left: set[int] = field(default_factory=set)
    holds: dict[str, Hold] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    seat_has: dict[str, str] = field(default_factory=dict)
    sold: set[str] = field(default_factory=set)
    passed: float = 0.0
    is_cancelled: bool = False
    _began: float = field(default_factory=time.monotonic)

    @property
    def now(self) -> float:
        """Seconds since the beginning: those that really passed, and those that a rule let pass."""
        return self.passed + time.monotonic() - self._began

    def is_near_an_end(self) -> bool:
        """Whether a hold ends, or a sweeper may come to it, about now: nobody could say who is first."""
        return any(abs(hold.until - self.now) < 60 for hold in self.holds.values())

    def is_live(self, hold: Hold) -> bool:
        """Whether the seats are kept for the fan."""
        return hold.state == "live" and hold.until > self.now

    def is_free(self, seat: str) -> bool:
        """Whether nobody has the seat."""
        holder = self.seat_has.get(seat)
        return seat not in self.sold and (holder is None or self.holds[holder].until <= self.now)

    def order_of(self, hold: Hold) -> Order | None:
        """The order of a hold that has not ended."""
        found = [order for order in self.orders.values() if order.hold is hold and order.status not in ENDED]
        return found[0] if found else None

    def seats_of_fan(self, fan: int) -> int:
        """How many seats count for the limit."""
        held = sum(len(hold.seats) for hold in self.holds.values() if hold.fan == fan and self.is_live(hold))
        return held + sum(len(order.live_seats) for order in self.orders.values() if order.hold.fan == fan)

    def refusal(self, fan: int, quantity: int) -> str | None:
        """What is against any hold of this fan."""
        if fan in self.left:
            return "admission-required"
        if any(order.status in SOLD for order in self.orders.values() if order.hold.fan == fan):
            return "admission-required"
        if self.is_cancelled:
            return "event-cancelled"
        return "hold-limit" if self.seats_of_fan(fan) + quantity > LIMIT else None

    def named(self, fan: int, seats: list[str], accessible: int) -> str:
        """What asking for these seats is answered."""
        kinds = [HALL[seat].kind for seat in seats]
        if (refused := self.refusal(fan, len(seats))) is not None:
            return refused
        if set(kinds) != {"standard"} and not 1 <= kinds.count("accessible") <= accessible:
            return "accessible-only"
        return "201" if all(map(self.is_free, seats)) else "seats-unavailable"

    def best(self, fan: int, category: str, quantity: int, accessible: int) -> str:
        """What asking for the best seats is answered."""
        if (refused := self.refusal(fan, quantity)) is not None:
            return refused
        wanted = {False: quantity - accessible, True: accessible}
        free, unsold = ({kind: self._count(category, kind, test, accessible) for kind in wanted}
                        for test in (self.is_free, lambda seat: seat not in self.sold))  # fmt: skip
        if all(free[kind] >= count for kind, count in wanted.items()):
            return "201"
        return "all-in-carts" if all(unsold[kind] >= count for kind, count in wanted.items()) else "sold-out"

    def place(self, fan: int, hold_id: str, seats: tuple[str, ...]) -> Hold:
        """Give a fan these seats for ten minutes."""
        hold = Hold(hold_id, fan, seats, placed=self.now, until=self.now + HOLD_SECONDS)
        self.holds[hold_id] = hold
        self.seat_has.update(dict.fromkeys(seats, hold_id))
        return hold

    def refresh(self, hold: Hold) -> str:
        """Let a hold last its full time once more."""
        if not self.is_live(hold):
            return "hold-expired"
        hold.until = max(hold.until, min(self.now + HOLD_SECONDS, hold.placed + LONGEST_SECONDS))
        return "200"

    def release(self, hold: Hold) -> str:
        """End a hold, and an order that waits for its buyer."""
        order = self.order_of(hold)
        if order is not None and order.status not in OPEN:
            return "hold-has-order"
        if hold.state == "live":
            if order is not None:
                order.status = "cancelled"
            hold.state = "released"
            self.free(hold)
        return "204"

    def cancel(self, order: Order) -> str:
        """Cancel an order that is not paid."""
        if order.status not in OPEN | {"cancelled"}:
            return "order-not-cancellable"
        if order.status != "cancelled":
            self.release(order.hold)
        return "200"

    def free(self, hold: Hold) -> None:
        """Give back the seats that a hold still has."""
        for seat in hold.seats:
            if self.seat_has.get(seat) == hold.hold_id:
                del self.seat_has[seat]
                self.sold.discard(seat)

    def refusal_to_pay(self, hold: Hold) -> str | None:
        """What is against paying for a hold."""
        order = self.order_of(hold)
        if order is not None and order.status != "awaiting_payment":
            return "hold-has-order"
        if self.is_cancelled:
            return "event-cancelled"
        if self.is_live(hold):
            return None
        if order is not None:
            order.status = "expired"
        return "hold-expired"

    def pay(self, order: Order, method: str) -> str:
        """Pay for the seats of a live hold."""
        hold = order.hold
        if not hold.has_begun_to_pay:
            hold.has_begun_to_pay = True
            hold.until = max(hold.until, self.now + PAYMENT_SECONDS)
        order.method, order.decision, order.has_declined = method, None, False
        match method:
            case SandboxMethod.DECLINED:
                order.status, order.has_declined = "awaiting_payment", True
                return "payment-declined"
            case SandboxMethod.SILENT:
                order.status = "unknown"
                return "202"
            case SandboxMethod.NEEDS_ACTION:
                order.status = "needs_action"
                return "payment-action-required"
            case _:
                return self.secure(order)

    def confirm(self, order: Order) -> str:
        """Go on when the buyer has done what the bank asked for, or say how the order stands."""
        if order.status == "needs_action":
            return self.look_at_bank(order)
        if order.method != SandboxMethod.NEEDS_ACTION:
            return "nothing-to-confirm"
        if order.has_declined:
            return "payment-declined"
        return {"expired": "hold-expired", "cancelled": "hold-expired"}.get(order.status, "200")

    def look_at_bank(self, order: Order) -> str:
        """Ask the bank what the buyer has decided."""
        if order.decision is None:
            return "payment-action-required"
        if order.decision:
            return self.secure(order)
        order.status, order.has_declined = "awaiting_payment", True
        return "payment-declined"

    def secure(self, order: Order) -> str:
        """Make the seats the buyer's, if they still can be, and take the money."""
        hold = order.hold
        is_whole = all(self.seat_has.get(seat) == hold.hold_id and seat not in self.sold for seat in hold.seats)
        has_room = hold.until > self.now or len(hold.seats) <= LIMIT - self.seats_of_fan(hold.fan)
        if hold.state != "live" or not is_whole or not has_room:
            order.status = "expired"
            return "hold-expired"
        hold.state, order.status = "secured", "secured"
        self.sold.update(hold.seats)
        return self.capture(order)

    def capture(self, order: Order) -> str:
        """Take the money of a secured order."""
        if order.method == SandboxMethod.CAPTURE_FAILS:
            order.status, order.hold.state = "voided", "released"
            self.free(order.hold)
            return "payment-declined"
        is_late = order.method == SandboxMethod.CAPTURED_LATE and not order.taken
        order.taken = order.hold.amount
        if is_late:
            return "202"
        order.status = "paid"
        for other in self.holds.values():
            if other.fan == order.hold.fan and other.state == "live":
                self.release(other)
        return "paid"

    def expire(self) -> None:
        """End the orders whose holds ended unpaid."""
        for order in self.orders.values():
            if order.status in OPEN and order.hold.until < self.now - LATE_SECONDS:
                order.status = "expired"

    def begin_refund(self, order: Order, lines: frozenset[int] | None, refund_id: str) -> int | None:
        """Begin to give back the money of these lines, or of all that are left: how much; None: refused."""
        asked = order.open_lines if lines is None else lines
        if order.status not in REFUNDABLE or not order.open_lines or not asked <= order.open_lines:
            return None
        amount = sum(HALL[order.hold.seats[line - 1]].price for line in asked)
        if asked == order.open_lines:
            amount = order.hold.amount - sum(amount for _, amount, _ in order.refunds.values())
        order.refunds[refund_id] = (asked, amount, "started")
        return amount

    def refund(self, order: Order, refund_id: str) -> None:
        """Let the money be back: the tickets of its lines end, and their seats are free."""
        lines, amount, _ = order.refunds[refund_id]
        order.refunds[refund_id] = (lines, amount, "refunded")
        order.given_back += amount
        for line in lines:
            self.seat_has.pop(order.hold.seats[line - 1])
            self.sold.discard(order.hold.seats[line - 1])
        order.status = "partly_refunded" if order.live_seats else "refunded"

    def cancel_event(self) -> None:
        """Let the event not take place: holds end, and what waits for its buyer with them."""
        self.is_cancelled = True
        for hold in self.holds.values():
            order = self.order_of(hold)
            if order is not None and order.status in OPEN:
                order.status = "cancelled"
            if hold.state == "live":
                hold.state = "released"
                self.free(hold)

    def _count(self, category: str, is_accessible: bool, test: object, accessible: int) -> int:
        assert callable(test)
        # Who asks for accessible seats has the companion seats beside them, too.
        beside = {"standard", "companion"} if accessible else {"standard"}
        kinds = {"accessible"} if is_accessible else beside
        return sum(test(seat.seat) for seat in HALL.values() if seat.category == category and seat.kind in kinds)
