"""What fans do with more than one device, with a turn that runs out, and at the support desk."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.waitroom.queue.machine.ground import NUMBERS, Ground, group
from tests.waitroom.queue.machine.invariants import ENDS
from tests.waitroom.queue.machine.record import hold

CODE_IDS = st.sampled_from(["code 1", "code 2", "code 3"])
STATES = st.sampled_from(["lobby", "waiting", "admitted", "active", "left"])
TEN_MINUTES, DAY = 600_000, 86_400_000
MORE_MS, MOST_TIMES = 120_000, 10
NEVER_MOVED = "0:lobby:0"


class Devices(Ground):
    """Offering a place, taking it over, presenting a pass old or new, more time, support codes."""

    @group("device")
    @rule(number=NUMBERS, state=STATES, code=CODE_IDS, is_old=st.sampled_from([False, False, True]))
    def move(self, number: int, state: str, code: str, *, is_old: bool) -> None:
        """A fan offers the place, with the newest pass or an old one."""
        fan = self.pick(state, number)
        moves = self._newest(fan) - is_old
        # An id is random, so no two fans have the same: whoever had it gives it up first.
        if moves < 0 or self._owner("moves", code) not in {None, fan}:
            return
        state_now, is_away = self.view.state(fan), self._learn(fan, moves)
        reply = self.call("move", fan, moves, code, NEVER_MOVED, TEN_MINUTES)
        # Cases: an old pass; nobody here; over; offered.
        if is_away:
            expected = ["moved"]
        elif state_now is None:
            expected = ["unknown"]
        else:
            ends = str(self.time.now_ms + TEN_MINUTES)
            expected = ["over", state_now] if state_now in ENDS else ["offered", ends]
        hold(rule="a place is offered by who has it", of=(fan, state_now, reply), so=reply == expected)

    @group("device")
    @rule(code=CODE_IDS, by=st.sampled_from(["one", "one", "two"]))
    def take_over(self, code: str, by: str) -> None:
        """A device takes a place over by a code, once; the same device may ask again."""
        fan, due = self._owner("moves", code), self.view.sets["moves_due"].get(code, 0)
        *_, used_by, used = (self.view.hashes["moves"].get(code) or "::").split(":")
        known = self.record.moves.get(fan or "", 0)
        is_good = due > self.time.now_ms and (not used or (used_by == by and int(used) == known))
        moves = known if used else known + 1
        reply = self.call("take_over", code, by)
        if not is_good or fan is None:
            hold(rule="a code opens once", of=(code, reply), so=reply == ["refused"])
            return
        self.record.moves[fan] = moves
        if fan in self.holdings:
            self.holdings[fan].moves = max(moves, self.holdings[fan].moves)
        so = (
            reply[:2] == ["taken", fan]
            and reply[5] == str(moves)
            and reply[6][0] == (self.view.state(fan) or "unknown")
        )
        hold(rule="a code gives its fan's place", of=(code, reply, moves), so=so)

    @group("device")
    @rule(number=NUMBERS, state=STATES, back=st.integers(0, 2))
    def present(self, number: int, state: str, back: int) -> None:
        """A fan shows the newest pass, or one from before a move."""
        fan = self.pick(state, number)
        moves = max(0, self._newest(fan) - back)
        is_away = self._learn(fan, moves)
        reply = self.call("standing", fan, moves)
        expected = "moved" if is_away else self.view.state(fan) or "unknown"
        hold(rule="only the newest pass holds", of=(fan, moves, reply), so=reply[1][0] == expected)
        if moves:
            hold(rule="a pass is remembered", of=fan, so=self.view.sets["moved"][fan] % 1000 == self.record.moves[fan])

    @group("device")
    @rule(number=NUMBERS)
    def prolong(self, number: int) -> None:
        """Who has the turn asks for more time."""
        fan, record = self.pick("admitted", number), self.record
        state, deadline = self.view.state(fan), record.deadlines.get(fan, 0)
        wanted = record.room_ms + min(MORE_MS, record.claim_ms)
        used = int((self.view.hashes["turns"].get(fan, "").split(":") + [""] * 5)[4].partition("+")[2] or 0)
        expected: str | None = state or "unknown"
        # Cases: too late; used up; longer.
        if state == "admitted" and deadline <= record.room_ms:
            expected = "lapsed"
        elif state == "admitted" and wanted > deadline:
            expected = None if used >= MOST_TIMES else state
            record.deadlines[fan] = deadline if expected is None else wanted
        reply = self.call("prolong", fan, "", own={fan})
        so = reply == ["used_up"] if expected is None else reply[1][0] == expected
        hold(rule="more time is given as it stands", of=(fan, state, used, reply), so=so)

    @group("device")
    @rule(number=NUMBERS, state=STATES, code=CODE_IDS)
    def ask_for_support(self, number: int, state: str, code: str) -> None:
        """A fan gets a support code, and the desk finds the fan by it."""
        fan = self.pick(state, number)
        moves = self._newest(fan)
        if self._owner("support", code) not in {None, fan}:
            return
        self._learn(fan, moves)
        where = self.view.state(fan)
        reply = self.call("support", fan, moves, code, NEVER_MOVED, DAY)
        kept = ["kept", str(self.time.now_ms + DAY)]
        hold(rule="a fan has a support code", of=(fan, where, reply), so=reply == (kept if where else ["unknown"]))
        if where:
            found = self.call("find", code)
            so = found[:2] == ["found", fan] and found[7][0] == where and found[5] == str(self.record.moves.get(fan, 0))
            hold(rule="a support code finds its fan", of=(fan, where, found), so=so)

    def _newest(self, fan: str) -> int:
        """What the newest pass of a fan tells."""
        held = self.holdings[fan].moves if fan in self.holdings else 0
        return max(held, self.record.moves.get(fan, 0))

    def _learn(self, fan: str, moves: int) -> bool:
        """Note what a pass tells the room; says whether the room knows of more."""
        known = self.record.moves.get(fan, 0)
        if moves > known:
            self.record.moves[fan] = moves
        return moves < known

    def _owner(self, part: str, code: str) -> str | None:
        text = self.view.hashes[part].get(code)
        return text.split(":")[0] if text else None
