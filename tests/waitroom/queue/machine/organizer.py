"""What time, the organizer, the governor and the checkouts' reports do."""

import itertools
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.waitroom.queue.machine.ground import CEILINGS, MINUTES, NUMBERS, RATES, Ground, group
from tests.waitroom.queue.machine.invariants import ENDS
from tests.waitroom.queue.machine.record import Record, hold

TICKS_US = (300, 1_000, 50_000, 200_000, 400_000, 1_000_000, 1_600_000, 4_000_000, 12_000_000, 95_000_000)
STEPS_BACK_US = (200, 10_000, 500_000, 2_000_000, 30_000_000, 3_600_000_000)
INTERVAL_US = 100_000
GOVERNOR_MS = 5_000
PLANS = st.lists(st.tuples(st.integers(1, 20), st.sampled_from(RATES), st.sampled_from(CEILINGS)), max_size=3)
CHANGES = st.one_of(
    st.fixed_dictionaries({"claim_minutes": st.sampled_from(MINUTES)}),
    st.fixed_dictionaries({"paused": st.booleans()}),
    st.fixed_dictionaries({"sold_out": st.booleans()}),
    st.fixed_dictionaries({"codes": st.sampled_from(["off", "optional", "required"])}),
    st.fixed_dictionaries({"plan": PLANS}),
)


class Organizer(Ground):
    """Time that passes and clocks that are set, advances, settings, the governor, reports."""

    kept: tuple[str, Record] | None = None
    """The last snapshot that an edge has seen."""

    @group("time")
    @rule(us=st.sampled_from(TICKS_US))
    def time_passes(self, us: int) -> None:
        """Time passes, or somebody sets the clock forward."""
        self.pass_time(us)

    @group("clock")
    @rule(us=st.sampled_from(STEPS_BACK_US))
    def clock_is_set_back(self, us: int) -> None:
        """Somebody sets the clock back."""
        self.time.set_back(us, rate_at=self.record.rate_at)

    @group("time")
    @rule(edges=st.integers(1, 4), interval_us=st.sampled_from([0, INTERVAL_US]))
    def advance(self, edges: int, interval_us: int) -> None:
        """Several edges advance at once: within the interval one of them does it."""
        looked, now_us = self.record.looked_at_us, self.time.now_us
        is_fresh = "snapshot" in self.view.meter and looked is not None and 0 <= now_us - looked < interval_us
        for number in range(edges):
            may_stand = is_fresh or number > 0
            reply = self.call("advance", interval_us or (1 if number else 0))
            hold(rule="one advance an interval", of=reply[0], so=(reply[0] == "standing") == may_stand)
            if reply[0] == "advanced":
                self.kept = reply[1], self.remember()
        self.nothing_is_overdue()

    @group("time")
    @rule(seconds=st.integers(1, 6), us=st.sampled_from([200_000, 1_000_000]))
    def evening(self, seconds: int, us: int) -> None:
        """The evening goes on, an edge advancing all the time."""
        for _ in range(seconds):
            self.time_passes(us)
            self.advance(1, 0)

    def nothing_is_overdue(self) -> None:
        """After an advance nobody holds a turn or a slot whose time is over."""
        sets, record = self.view.sets, self.record
        late = [fan for fan, deadline in sets["admitted"].items() if deadline <= record.room_ms]
        late += [fan for fan, expires in sets["active"].items() if expires <= self.time.now_ms]
        hold(rule="what is over ends", of=late, none_late=not late)

    @group("rate")
    @rule(rate=st.sampled_from(RATES))
    def rate(self, rate: float) -> None:
        """The organizer sets the rate by hand."""
        self.change({"new_users_per_minute": rate})

    @group("ceiling")
    @rule(ceiling=st.sampled_from(CEILINGS))
    def ceiling(self, ceiling: int) -> None:
        """The organizer sets the ceiling by hand."""
        self.change({"total_active_users": ceiling})

    @group("organizer")
    @rule(changes=CHANGES, is_stale=st.sampled_from([False, False, False, True]))
    def configure(self, changes: dict[str, Any], *, is_stale: bool) -> None:
        """The organizer changes another setting, from the version in force or from an older one."""
        if "plan" in changes:
            changes = {"plan": self.steps_of(changes["plan"])}
        if is_stale:
            fields = self.record.settings.changed(changes).to_fields()
            reply = self.call("configure", self.record.version - 1, "test", *itertools.chain(*fields.items()))
            hold(rule="a stale change is refused", of=reply, so=reply == ["stale", str(self.record.version)])
        else:
            self.change(changes)

    def change(self, changes: dict[str, Any]) -> None:
        """Change settings from the version in force."""
        record, now_ms = self.record, self.time.now_ms
        settings, seen, rate = record.settings.changed(changes), record.version, record.rate_at(now_ms)
        record.latch(now_ms)
        if changes.keys() & {"new_users_per_minute", "total_active_users"} and settings != record.settings:
            record.rate_set_at_ms = now_ms
        if record.settings.paused:
            record.looked_at_us = self.time.now_us
        record.version, record.settings = seen + 1, settings
        reply = self.call("configure", seen, "test", *itertools.chain(*settings.to_fields().items()))
        hold(rule="a change is made", of=reply, so=reply == ["configured", str(seen + 1)])
        if record.rate_at(now_ms) != rate:
            self.time.note_rate(record.rate_at)

    @group("governor")
    @rule(edges=st.integers(1, 3), factor=st.sampled_from([0.05, 0.5, 0.8, 1]), is_stale=st.booleans())
    def govern(self, edges: int, factor: float, *, is_stale: bool) -> None:
        """Several edges propose the same step, or one that comes late: at most one an interval is made."""
        record, now_ms = self.record, self.time.now_ms
        seen_ms = 1 if is_stale else record.factor_at_ms
        for _ in range(edges):
            is_due = seen_ms == record.factor_at_ms and not 0 <= now_ms - record.factor_at_ms < GOVERNOR_MS
            if is_due:
                record.factor, record.factor_at_ms = factor, now_ms
            reply = self.call("govern", seen_ms, GOVERNOR_MS, f"{factor:.17g}", "latency")
            so = reply[0] == ("governed" if is_due else "standing") and float(reply[1]) == record.factor
            hold(rule="the governor takes one step an interval", of=(reply, seen_ms), so=so)
        self.time.note_rate(record.rate_at)

    @group("checkout")
    @rule(reporter=st.sampled_from(["one", "two"]), seats=st.sampled_from(["", "", "0", "5"]))
    def health(self, reporter: str, seats: str) -> None:
        """A checkout reports how it goes and what is left."""
        if seats:
            self.record.is_nothing_left = seats == "0"
        self.call("health", reporter, '{"latency_ms": 20}', seats, "")

    @group("checkout")
    @rule(number=NUMBERS, state=st.sampled_from(["active", "waiting", "lobby", "finished"]))
    def revoke(self, number: int, state: str) -> None:
        """The token of one fan is ended, wherever the fan stands."""
        fan = self.pick(state, number)
        was = self.view.state(fan)
        reply = self.call("revoke", fan, 0, own={fan})
        expected = ["unknown"] if was is None else ["over", was if was in ENDS else "expired"]
        hold(rule="a revoked token is over", of=(fan, was, reply), so=reply == expected)

    @group("checkout")
    @rule()
    def revoke_all(self) -> None:
        """All tokens are ended that nobody has entered with."""
        inside = [fan for fan in self.view.sets["active"] if fan in self.record.sessions]
        self.call("revoke", "", 0)
        hold(rule="who is inside stays inside", of=inside, so=list(self.view.sets["active"]) == inside)
