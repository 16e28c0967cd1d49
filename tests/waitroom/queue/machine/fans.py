"""What fans and the checkout do."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.waitroom.queue.machine.clock import overspent
from tests.waitroom.queue.machine.ground import CODES, FANS, NUMBERS, Ground, Holding, group
from tests.waitroom.queue.machine.invariants import ENDS
from tests.waitroom.queue.machine.record import hold
from waitroom.queue.scores import ARRIVALS, TIER

JOINS = st.tuples(NUMBERS, st.sampled_from([0, 0, 0, 1, 5]), st.sampled_from(["", "", "one", "two", "any", "no"]))
REFUSED = {"code", "closed", "not_open", "moved"}


class Fans(Ground):
    """Joining, claiming, entering, going."""

    @group("join")
    @rule(joins=st.lists(JOINS, min_size=1, max_size=8))
    def join(self, joins: list[tuple[int, int, str]]) -> None:
        """A batch of fans joins, known ones among them, with tiers and presale codes."""
        fans = [(FANS[number], tier, code) for number, tier, code in joins]
        self.record.latch(self.time.now_ms)
        known = set(self.view.fans())
        expected, tiers = self._expect(fans, known)
        reply = self.call("join", *(value for fan in fans for value in fan), own={fan for fan, _, _ in fans})
        arrived = []
        for (fan, _, _), may, answer in zip(fans, expected, reply[1:], strict=True):
            state = self.view.state(fan) if may == "known" else may
            if may == "known" and self.record.moves.get(fan):
                # By the key alone nobody has a place back that was moved away.
                state = "moved"
            said = answer[0] if answer[0] in REFUSED else self._told(fan, answer)
            so = said == state or (state == "waiting" and said == "admitted")
            hold(rule="a join is answered as phase and codes say", of=(answer, may), so=so)
            if may == "waiting":
                arrived.append(fan)
                hold(rule="a fan gets the tier that is due", of=answer, so=int(answer[6]) == tiers[fan])
        self._come_behind(arrived)

    @group("join")
    @rule(first=NUMBERS, count=st.integers(3, 12))
    def crowd(self, first: int, count: int) -> None:
        """Neighbours join without codes, all of one tier."""
        self.join([((first + number) % len(FANS), 0, "") for number in range(count)])

    def _expect(self, fans: list[tuple[str, int, str]], known: set[str]) -> tuple[list[str], dict[str, int]]:
        """What each is told, and the tiers of those who are taken in."""
        told: list[str] = []
        tiers: dict[str, int] = {}
        phase = self.record.phase_at(self.time.now_ms)
        closed = {"scheduled": "not_open", "closed": "closed"}.get(phase)
        for fan, tier, code in fans:
            if fan in known | tiers.keys():
                told.append("known")
            elif closed or not self._takes(code):
                told.append(closed or "code")
            else:
                is_coded = self.record.settings.codes != "off" and code in CODES
                tiers[fan] = CODES[code][0] if is_coded else tier
                told.append("lobby" if phase == "lobby" else "waiting")
        return told, tiers

    def _takes(self, code: str) -> bool:
        policy, uses_left = self.record.settings.codes, self.record.uses_left
        if policy == "off" or (policy == "optional" and not code):
            return True
        left = uses_left.get(code, 0)
        if left:
            uses_left[code] = left - 1
        return left != 0

    def _told(self, fan: str, answer: list[str]) -> str:
        """Hold the standing against the keys; the fan keeps a pass."""
        state, score, ahead, _, _, enter, tier = answer
        line = list(self.view.sets["waiting"])
        so = state == self.view.state(fan)
        if state == "waiting":
            so = so and int(score) == self.view.sets["waiting"][fan] and line.index(fan) == int(ahead)
        if state == "active":
            so = so and int(enter) == self.record.moments.get(fan, int(enter))
        hold(rule="a fan is told what is so", of=(fan, answer, self.view.state(fan)), so=so)
        if state in {"lobby", "waiting", "admitted"}:
            signed = {"lobby": None, "waiting": int(score or 0), "admitted": int(tier or 0) * TIER}[state]
            token = self.holdings[fan].token if fan in self.holdings else None
            moves = self.holdings[fan].moves if fan in self.holdings else 0
            self.holdings[fan] = Holding(int(tier), signed, token, moves)
        return state

    def _come_behind(self, arrived: list[str]) -> None:
        """Arrivals stand behind all who came before, in their order."""
        last, scores = self.record.arrivals, self.view.sets["waiting"]
        bands = [scores[fan] % TIER - ARRIVALS for fan in dict.fromkeys(arrived) if fan in scores]
        hold(rule="first come, first served", of=(last, bands), behind=[*sorted({last, *bands})] == [last, *bands])
        now_last = int(self.view.meter.get("last_arrival_us", -1))
        hold(rule="first come, first served", of=now_last, known=now_last >= last + len(set(arrived)))
        self.record.arrivals = max(last, now_last)

    @group("ask")
    @rule(number=NUMBERS)
    def standing(self, number: int) -> None:
        """A fan asks for the place."""
        fan = FANS[number]
        reply = self.call("standing", fan)
        if reply[1][0] != "unknown":
            self._told(fan, reply[1])
        hold(rule="a fan is told what is so", of=reply, so=reply[1][0] == (self.view.state(fan) or "unknown"))

    @group("claim")
    @rule(number=NUMBERS, many=st.integers(1, 12), anybody=st.sampled_from([False, False, False, True]))
    def claim(self, number: int, many: int, *, anybody: bool) -> None:
        """Fans claim their turns at one moment, or somebody whose turn it is not."""
        for _ in range(1 if anybody else many):
            self._claim(FANS[number] if anybody else self.pick("admitted", number))

    def _claim(self, fan: str) -> None:
        record, now_ms, state = self.record, self.time.now_ms, self.view.state(fan)
        is_full = len(self.view.sets["active"]) >= record.ceiling_at(now_ms) or record.rate_at(now_ms) <= 0
        renewed = record.room_ms + record.claim_ms
        # Cases: nobody's turn; not now; too late; a full ceiling; a slot.
        if state != "admitted":
            expected = self._without_turn(fan, state)
        elif record.phase_at(now_ms) == "closed" or record.settings.paused:
            expected = ["closed"] if record.phase_at(now_ms) == "closed" else ["paused"]
        elif record.deadlines[fan] <= record.room_ms:
            expected = ["over", "lapsed"]
        elif is_full:
            expected = ["waiting", "0"]
            record.deadlines[fan] = renewed
        else:
            expected = ["claimed"]
        reply = self.call("claim", fan, own={fan})
        hold(
            rule="a claim is answered as it stands",
            of=(fan, state, reply, expected),
            so=reply[: len(expected)] == expected,
        )
        if reply[0] == "claimed" and state == "admitted":
            self._claimed(fan, enter_ms=int(reply[1]), expires_ms=int(reply[2]))

    def _without_turn(self, fan: str, state: str | None) -> list[str]:
        if state == "active":
            return ["claimed", str(self.record.moments[fan])] if fan in self.record.moments else ["claimed"]
        if state == "waiting":
            return ["waiting", str(list(self.view.sets["waiting"]).index(fan))]
        return {"lobby": ["waiting", "-1"], None: ["unknown"]}.get(state, ["over", str(state)])

    def _claimed(self, fan: str, *, enter_ms: int, expires_ms: int) -> None:
        record, now_ms = self.record, self.time.now_ms
        rate, ceiling = record.rate_at(now_ms), record.ceiling_at(now_ms)
        hold(rule="one turn a fan", of=fan, first=fan not in record.moments)
        hold(rule="active never above the ceiling by a claim", of=fan, under=len(self.view.sets["active"]) <= ceiling)
        hold(rule="a moment of entry is to come", of=enter_ms, to_come=enter_ms >= now_ms)
        record.moments[fan] = enter_ms
        record.entries.append(self.time.spend(enter_ms * 1000, per_minute=rate))
        self.holdings.setdefault(fan, Holding(0)).token = (enter_ms, expires_ms)
        found = overspent(record.entries, self.time)
        hold(rule="entries keep the rate", of=found, none_over=not found)

    @group("visit")
    @rule(number=NUMBERS, many=st.integers(1, 4), session=st.sampled_from(["first", "first", "second"]))
    def enter(self, number: int, many: int, session: str) -> None:
        """Fans come to the checkout with their tokens, the same or another session's among them."""
        for offset in range(many):
            holders = [fan for fan, holding in sorted(self.holdings.items()) if holding.token]
            if holders:
                self._enter(holders[(number + offset) % len(holders)], session)

    def _enter(self, fan: str, session: str) -> None:
        from_ms, to_ms = self.holdings[fan].token or (0, 0)
        now_ms, state, spent = self.time.now_ms, self.view.state(fan), self.record.sessions.get(fan)
        # The checkout verifies the token first; a little early it may come, where the slot is on record.
        if now_ms >= to_ms or (now_ms < from_ms and state != "active"):
            return
        if state in ENDS:
            expected = ["over", str(state)]
        elif state == "active" and spent:
            expected = ["entered"] if spent == session else ["spent"]
        else:
            expected = ["early"] if now_ms < from_ms else ["entered"]
        # Whose turn was forgotten is counted again.
        if expected == ["entered"] and state in {None, "lobby", "waiting"}:
            self.record.counted["given"] += 1
        reply = self.call("enter", fan, session, own={fan})
        hold(rule="a token is spent once", of=(fan, state, reply, expected), so=reply[: len(expected)] == expected)
        if reply[0] == "entered":
            self.record.sessions[fan] = session

    @group("visit")
    @rule(number=NUMBERS, session=st.sampled_from(["first", "second"]))
    def visit(self, number: int, session: str) -> None:
        """A fan takes the turn, waits for the moment of entry and goes in."""
        fan = self.pick("admitted", number)
        self._claim(fan)
        holding = self.holdings.get(fan)
        if holding and holding.token and self.view.state(fan) == "active":
            self.pass_time(max(0, holding.token[0] * 1000 - self.time.now_us))
            self._enter(fan, session)

    @group("checkout")
    @rule(number=NUMBERS, seconds=st.sampled_from([-1, 1, 10, 600]))
    def extend(self, number: int, seconds: int) -> None:
        """A session is made longer, never shorter."""
        fan = self.pick("active", number)
        before = self.view.sets["active"].get(fan)
        reply = self.call("extend", fan, seconds * 1000)
        until_ms = max(before or 0, self.time.now_ms + seconds * 1000)
        so = reply == ["active", str(until_ms)] if before else reply[0] in {"over", "unknown"}
        hold(rule="a session is never shortened", of=(fan, reply), so=so)

    @group("checkout")
    @rule(number=NUMBERS, state=st.sampled_from(["active", "active", "active", "finished", "lobby", "waiting"]))
    def finish(self, number: int, state: str) -> None:
        """The slot comes back, once; a fan of any other state is noted as finished as well."""
        fan = self.pick(state, number)
        was = self.view.state(fan)
        # Who has no slot while the room recovers was counted before the loss.
        if self.record.is_recovering(self.time.now_ms) and was not in {"active", *ENDS}:
            self.record.counted["finished"] -= 1
        reply = self.call("finish", fan, own={fan})
        expected = was if was in ENDS else "finished"
        hold(rule="the first reason stands", of=(fan, was, reply), so=reply == ["over", expected])
        self._is_over(fan)

    @group("leave")
    @rule(number=NUMBERS, state=st.sampled_from(["lobby", "waiting", "admitted", "active", "left"]))
    def leave(self, number: int, state: str) -> None:
        """A fan gives the place up, from any state but inside."""
        fan = self.pick(state, number)
        was, has_session = self.view.state(fan), fan in self.record.sessions
        reply = self.call("leave", fan, own={fan})
        # Cases: over already; shopping; not here; goes.
        if was in ENDS:
            expected: list[Any] = ["over", was]
        elif was == "active" and has_session:
            expected = ["active"]
        else:
            expected = ["unknown"] if was is None else ["over", "left"]
        hold(rule="a leave is answered as it stands", of=(fan, was, reply), so=reply[: len(expected)] == expected)
        if reply[0] == "over":
            self._is_over(fan)

    def _is_over(self, fan: str) -> None:
        state = self.view.state(fan)
        hold(rule="whose turn is over is never back", of=(fan, state), is_over=state in ENDS)
