"""What fans do with seats: come, hold them by name or the best, keep them, give them back, go."""

from datetime import UTC, datetime

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.checkout.machine.ground import MOST_FANS, NUMBERS, Ground, group, said
from tests.checkout.machine.model import HALL, Hold
from tests.checkout.machine.record import hold

SEATS = st.lists(st.sampled_from(sorted(HALL)), min_size=1, max_size=3, unique=True)
CATEGORIES = st.sampled_from(["floor", "lawn", "terrace"])


class Holding(Ground):
    """Rules about seats and holds."""

    @group("leave")
    @precondition(lambda self: len(self.model.fans) < MOST_FANS)
    @rule()
    def come(self) -> None:
        """One more fan has the turn."""
        self.let_in()

    @group("named")
    @rule(number=NUMBERS, seats=SEATS, accessible=st.integers(0, 1))
    def hold_named(self, number: int, seats: list[str], accessible: int) -> None:
        """Ask for these seats."""
        fan = self.fan_at(number)
        expect = self.model.named(fan, seats, accessible)
        answer = self.ask_once(fan, self.holds, {"seats": seats, "accessible": accessible})
        self.follow(fan, answer, expect)
        if expect == "201":
            given = {seat["seat"] for seat in answer.json()["seats"]}
            hold("named seats are those that are asked for", same=given == set(seats), of=given)

    @group("best")
    @rule(number=NUMBERS, category=CATEGORIES, quantity=st.integers(1, 4), accessible=st.integers(0, 2))
    def hold_best(self, number: int, category: str, quantity: int, accessible: int) -> None:
        """Ask for the best seats of a category, some of them accessible."""
        fan, accessible = self.fan_at(number), min(accessible, quantity)
        expect, model = self.model.best(fan, category, quantity, accessible), self.model
        free = {seat for seat in HALL if model.is_free(seat)}
        body = {"category": category, "quantity": quantity, "accessible": accessible}
        answer = self.ask_once(fan, self.holds, body)
        self.follow(fan, answer, expect)
        if expect == "201":
            given = [HALL[seat["seat"]] for seat in answer.json()["seats"]]
            kinds = [seat.kind for seat in given]
            is_right = len(given) == quantity and {seat.category for seat in given} == {category}
            hold("the best are so many, and of the category", same=is_right, of=given)
            hold("so many are accessible", same=kinds.count("accessible") == accessible, of=given)
            hold("kept seats are kept", same=accessible > 0 or set(kinds) == {"standard"}, of=given)
            hold("what is given was free", same={seat.seat for seat in given} <= free, of=given)

    @group("refresh")
    @precondition(lambda self: self.model.holds)
    @rule(number=NUMBERS)
    def refresh(self, number: int) -> None:
        """Keep seats longer."""
        found = self.hold_at(number)
        expect = "admission-required" if found.fan in self.model.left else self.model.refresh(found)
        answer = self.ask(found.fan, "POST", f"/v1/holds/{found.hold_id}/refresh", expect=expect)
        if expect == "200":
            self.hold_end(found, answer)

    @group("release")
    @precondition(lambda self: self.model.holds)
    @rule(number=NUMBERS, by=NUMBERS)
    def release(self, number: int, by: int) -> None:
        """Give seats back: one's own, or try it with another's."""
        found, fan = self.hold_at(number), self.fan_at(by)
        expect = "admission-required" if fan in self.model.left else "hold-missing"
        if fan == found.fan and fan not in self.model.left:
            expect = self.model.release(found)
        self.ask(fan, "DELETE", f"/v1/holds/{found.hold_id}", expect=expect)

    @group("leave")
    @precondition(lambda self: len(self.model.left) < len(self.model.fans) - 1)
    @rule(number=NUMBERS)
    def leave(self, number: int) -> None:
        """Go: live holds end, and what is under way at the bank goes on."""
        fan = self.fan_at(number)
        if fan in self.model.left:
            return
        self.send(fan, "DELETE", "/v1/sessions/current")
        for found in self.model.holds.values():
            if found.fan == fan and self.model.is_live(found):
                self.model.release(found)
        self.model.left.add(fan)

    @property
    def holds(self) -> str:
        """Where holds are placed."""
        return f"/v1/events/{self.event}/holds"

    def follow(self, fan: int, answer: httpx.Response, expect: str) -> None:
        """Hold an answer about seats against the model, and move the model on."""
        hold("seats are given or refused as the model says", same=said(answer) == expect, of=(answer.text, expect))
        if expect != "201":
            return
        document = answer.json()
        placed = self.model.place(fan, document["hold_id"], tuple(seat["seat"] for seat in document["seats"]))
        total = document["total"]["amount"]
        hold("a total is what its seats cost", same=total == placed.amount, of=(total, placed.amount))
        self.hold_end(placed, answer)

    def hold_end(self, found: Hold, answer: httpx.Response) -> None:
        """Hold the end that is told against the model's, as far as clocks and slow machines let it."""
        left = datetime.fromisoformat(answer.json()["expires_at"]) - datetime.now(UTC)
        expect = found.until - self.model.now
        hold("a hold ends when the model says", same=abs(left.total_seconds() - expect) < 40, of=(left, expect))
