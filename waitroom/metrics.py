"""Every Prometheus metric and one verb per event; nobody else touches prometheus_client's types.

Labels come from closed sets: rooms and events are bounded by the organizer, reasons and states by enums.
A fan id is never a label. Queue truth (`waitroom_room_*`) comes from the snapshot: the same on every
edge, so take the maximum over edges, never the sum. What may fail is counted from zero: a counter that only
appears with its first failure would hide that failure from `rate` and `increase`.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
WAITS = (1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
PASS_REFUSALS = ("forged", "other-epoch", "moved")
FAN_CALLS = ("move", "taken", "refused", "slowed", "more-time", "support")
CUT_REASONS = ("saturation", "errors", "latency")
CODE_REFUSALS = ("required", "unknown", "spent", "slowed")
BEACON_OUTCOMES = ("value", "late", "wrong", "unreachable")
OPENING_POLICIES = ("open_limited", "open")
JOB_STATES = ("due", "later", "running", "failed")
WEBHOOK_STATES = ("delivered", "retried", "failed")
JOB_OUTCOMES = ("done", "retried", "failed")
JOB_SECONDS = (0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
SIGN_INS = ("signed-in", "code-asked", "wrong", "code-wrong", "slowed")
EVENT_OUTCOMES = ("taken", "known", "unknown", "refused")
ROOM_VERBS = ("enter", "extend", "finish", "health")


class EdgeMetrics:
    """What an edge counts, and what it saw of its rooms."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter = partial(Counter, registry=self.registry)
        gauge = partial(Gauge, registry=self.registry)
        histogram = partial(Histogram, registry=self.registry)
        self._joins = counter("waitroom_joins", "Joins answered", ["room", "state"])
        self._batches = histogram("waitroom_join_batch_fans", "Fans a join call", ["room"], buckets=BATCHES)
        self._turns = counter("waitroom_turns_given", "Turns that this edge's advances gave", ["room"])
        self._claims = counter("waitroom_claims", "Claims answered", ["room", "outcome"])
        self._waited = histogram("waitroom_waited_seconds", "From joining to the turn", ["room"], buckets=WAITS)
        self._leaves = counter("waitroom_leaves", "Places given up", ["room"])
        self._refused = counter("waitroom_passes_refused", "Passes refused", ["reason"])
        self._codes = counter("waitroom_codes_refused", "Joins refused for want of a right code", ["room", "why"])
        self._asked = counter(
            "waitroom_fan_calls", "Moves to another device, more time, support codes", ["room", "call"]
        )
        self._let_in = counter("waitroom_outage_admissions", "Fans let in while the store was away", ["room", "policy"])
        self._script = histogram("waitroom_script_seconds", "Duration of a script call", ["script"], buckets=SECONDS)
        self._store_errors = counter("waitroom_store_errors", "Store calls that failed", ["script"])
        self._scripts_failed = counter("waitroom_scripts_failed", "Script calls that broke on the store", ["script"])
        self._circuits = gauge("waitroom_store_circuits_open", "Parts of the store that are being spared")
        self._snapshots = counter("waitroom_snapshots_served", "Snapshots served from memory", ["room"])
        self._fans = gauge("waitroom_room_fans", "Fans by state", ["room", "state"])
        self._rate = gauge("waitroom_room_rate_per_minute", "New users a minute, as in force", ["room"])
        self._governed = gauge("waitroom_room_governor_factor", "Part of the planned rate that is in force", ["room"])
        self._cuts = counter("waitroom_rate_cuts", "Cuts that this edge's governor made", ["room", "reason"])
        self._measured = gauge("waitroom_room_measured_per_minute", "Turns a minute as measured", ["room"])
        self._ceiling = gauge("waitroom_room_ceiling", "Total active users, as in force", ["room"])
        self._totals = gauge("waitroom_room_total", "Totals since the room was made", ["room", "event"])
        self._open = gauge("waitroom_room_admitting", "1 while turns may be given", ["room"])
        self._age = gauge("waitroom_snapshot_age_seconds", "Age of the served snapshot", ["room"])
        self._recovering = gauge("waitroom_room_recovering", "1 while fans come back after a loss", ["room"])
        self._restored = counter("waitroom_rooms_restored", "Times this edge put a lost room back", ["room"])
        self._unwritten = counter("waitroom_state_writes_failed", "Times the state folder could not be used")
        self._beacon = counter("waitroom_beacon_asked", "Times this edge asked a beacon for a round", ["outcome"])
        self._overdue = gauge("waitroom_room_beacon_overdue_seconds", "For how long a draw waits for a round", ["room"])
        # Finding a label's counter costs more than counting, and joins are many.
        self._joins_of = cache(self._joins.labels)
        for reason in PASS_REFUSALS:
            self._refused.labels(reason)
        for outcome in BEACON_OUTCOMES:
            self._beacon.labels(outcome)

    def fan_joined(self, room: str, *, state: str) -> None:
        """A join was answered with this state."""
        self._joins_of(room, state).inc()

    def joins_coalesced(self, room: str, *, fans: int) -> None:
        """So many joins went to the store as one call."""
        self._batches.labels(room).observe(fans)

    def turns_given(self, room: str, *, turns: int) -> None:
        """An advance of this edge gave turns."""
        self._turns.labels(room).inc(turns)

    def fan_claimed(self, room: str, *, waited_seconds: float) -> None:
        """A fan took the turn."""
        self._claims.labels(room, "claimed").inc()
        self._waited.labels(room).observe(waited_seconds)

    def claim_refused(self, room: str, *, outcome: str) -> None:
        """A claim was answered otherwise."""
        self._claims.labels(room, outcome).inc()

    def fan_left(self, room: str) -> None:
        """A fan gave the place up."""
        self._leaves.labels(room).inc()

    def pass_refused(self, *, reason: str) -> None:
        """A pass did not hold."""
        self._refused.labels(reason).inc()

    def fan_called(self, room: str, *, call: str) -> None:
        """A fan was answered one of `FAN_CALLS`: a place offered or taken, a code refused, more time, support."""
        self._asked.labels(room, call).inc()

    def room_restored(self, room: str) -> None:
        """The store had lost a room, and this edge put it back."""
        self._restored.labels(room).inc()

    def recovery_seen(self, room: str, *, is_recovering: bool) -> None:
        """A snapshot told whether the room recovers from a loss."""
        self._recovering.labels(room).set(is_recovering)

    def state_not_written(self) -> None:
        """Rooms could not be kept on disk, or not be read from it."""
        self._unwritten.inc()

    def code_refused(self, room: str, *, why: str) -> None:
        """A newcomer was not taken in for want of a right code."""
        self._codes.labels(room, why).inc()

    def fan_let_in_without_store(self, room: str, *, policy: str) -> None:
        """A fan got an admission token while the store was away."""
        self._let_in.labels(room, policy).inc()

    def script_observed(self, script: str, seconds: float | None) -> None:
        """A script answered after so many seconds, or (None) did not."""
        errors = self._store_errors.labels(script)
        self._scripts_failed.labels(script)
        if seconds is None:
            errors.inc()
        else:
            self._script.labels(script).observe(seconds)

    def script_failed(self, script: str) -> None:
        """A script broke on the store: a mistake of ours, not an outage."""
        self._scripts_failed.labels(script).inc()

    def store_watched(self, open_circuits: Callable[[], int]) -> None:
        """Ask at each scrape how many parts of the store are being spared, since they did not answer."""
        self._circuits.set_function(open_circuits)

    def snapshot_served(self, room: str) -> None:
        """A snapshot left from memory."""
        self._snapshots.labels(room).inc()

    def room_seen(self, room: str, *, fans: dict[str, int], totals: dict[str, int], is_admitting: bool) -> None:
        """A snapshot told how many fans are where, and the totals so far."""
        for state, count in fans.items():
            self._fans.labels(room, state).set(count)
        for event, total in totals.items():
            self._totals.labels(room, event).set(total)
        self._open.labels(room).set(is_admitting)
        for counter in (self._turns, self._leaves, self._snapshots, self._restored):
            counter.labels(room)
        for why in CODE_REFUSALS:
            self._codes.labels(room, why)
        for call in FAN_CALLS:
            self._asked.labels(room, call)
        for policy in OPENING_POLICIES:
            self._let_in.labels(room, policy)

    def room_rate_seen(self, room: str, *, per_minute: float, measured: float, ceiling: int) -> None:
        """A snapshot told the rate, the measured rate and the ceiling."""
        self._rate.labels(room).set(per_minute)
        self._measured.labels(room).set(measured)
        self._ceiling.labels(room).set(ceiling)

    def room_governed(self, room: str, *, factor: float) -> None:
        """A snapshot told which part of the planned rate the governor leaves."""
        self._governed.labels(room).set(factor)
        for reason in CUT_REASONS:
            self._cuts.labels(room, reason)

    def rate_cut(self, room: str, *, reason: str) -> None:
        """This edge's proposal to slow the room down was taken."""
        self._cuts.labels(room, reason).inc()

    def beacon_asked(self, outcome: str) -> None:
        """A beacon was asked for a round that is due, with one of `BEACON_OUTCOMES`."""
        self._beacon.labels(outcome).inc()

    def beacon_overdue_seen(self, room: str, *, seconds: float) -> None:
        """A draw waits for its beacon so long beyond the round's time; 0 while it does not."""
        self._overdue.labels(room).set(seconds)

    def snapshot_aged(self, room: str, *, seconds: float) -> None:
        """The served snapshot is this old now; it goes on ageing until the next is told of."""
        taken_at = time.monotonic() - seconds
        self._age.labels(room).set_function(lambda: time.monotonic() - taken_at)

    def room_gone(self, room: str) -> None:
        """The room was deleted: its gauges go with it."""
        for gauge in (
            self._rate,
            self._measured,
            self._ceiling,
            self._open,
            self._recovering,
            self._age,
            self._governed,
            self._overdue,
        ):
            gauge.remove(room)
        for gauge in (self._fans, self._totals):
            gauge.remove_by_labels({"room": room})


class ConsoleMetrics:
    """What a console counts: how the store answers it, under the names that the edges use, and who wants in."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._script = Histogram(
            "waitroom_script_seconds", "Duration of a script call", ["script"], buckets=SECONDS, registry=self.registry
        )
        self._store_errors = Counter(
            "waitroom_store_errors", "Store calls that failed", ["script"], registry=self.registry
        )
        self._sign_ins = Counter(
            "waitroom_sign_ins", "Tries to sign in to the console", ["outcome"], registry=self.registry
        )
        for outcome in SIGN_INS:
            self._sign_ins.labels(outcome)

    def script_observed(self, script: str, seconds: float | None) -> None:
        """A script answered after so many seconds, or (None) did not."""
        errors = self._store_errors.labels(script)
        if seconds is None:
            errors.inc()
        else:
            self._script.labels(script).observe(seconds)

    def sign_in_tried(self, *, outcome: str) -> None:
        """Somebody wanted in, with one of `SIGN_INS`: `code-wrong` after the right password, `slowed` unread."""
        self._sign_ins.labels(outcome).inc()


class CheckoutMetrics:
    """What a checkout counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter = partial(Counter, registry=self.registry)
        gauge = partial(Gauge, registry=self.registry)
        histogram = partial(Histogram, registry=self.registry)
        self._sessions = counter("waitroom_sessions_opened", "Sessions opened", ["room"])
        self._refused = counter("waitroom_admissions_refused", "Tokens refused", ["room", "reason"])
        self._unverified = counter("waitroom_sessions_unconfirmed", "Sessions opened while the room was away", ["room"])
        self._holds = counter("waitroom_holds_placed", "Holds placed", ["event"])
        self._held_seats = counter("waitroom_seats_held", "Seats put on hold", ["event"])
        self._hold_refusals = counter("waitroom_holds_refused", "Holds refused", ["event", "reason"])
        self._orders = counter("waitroom_orders_settled", "Orders that reached a state", ["event", "status"])
        self._purchase = histogram("waitroom_purchase_seconds", "From order to its answer", ["event"], buckets=SECONDS)
        self._request = histogram("waitroom_checkout_request_seconds", "Requests by route", ["route"], buckets=SECONDS)
        self._seats = gauge("waitroom_event_seats", "Seats by state, from the database", ["event", "state"])
        self._double = gauge("waitroom_event_double_sales", "Seats with two live tickets", ["event"])
        self._pool = gauge("waitroom_database_pool", "Connections by state", ["state"])
        self._cases = gauge("waitroom_cases_open", "What no machine could settle, by kind", ["kind"])
        self._overdue = gauge("waitroom_payments_overdue_seconds", "Since when a call was due that nobody made")
        self._room_errors = counter("waitroom_room_calls_failed", "Calls to the room that failed", ["verb"])
        self._vendor_keys = counter("waitroom_vendor_keys_refused", "Keys of vendors refused", ["reason"])
        self._events = counter("waitroom_provider_events", "What payment providers told", ["provider", "outcome"])
        for verb in ROOM_VERBS:
            self._room_errors.labels(verb)
        for outcome in EVENT_OUTCOMES:
            self._events.labels("stripe", outcome)
        for reason in ("missing", "wrong", "slowed"):
            self._vendor_keys.labels(reason)

    def session_opened(self, room: str) -> None:
        """An admission token opened a session."""
        self._sessions.labels(room).inc()
        self._unverified.labels(room)

    def session_unconfirmed(self, room: str) -> None:
        """A session was opened on the unique row alone: the room did not answer."""
        self._unverified.labels(room).inc()

    def admission_refused(self, room: str, *, reason: str) -> None:
        """A token did not admit."""
        self._refused.labels(room, reason).inc()

    def hold_placed(self, event: str, *, seats: int) -> None:
        """A hold took seats."""
        self._holds.labels(event).inc()
        self._held_seats.labels(event).inc(seats)

    def hold_refused(self, event: str, *, reason: str) -> None:
        """A hold was refused."""
        self._hold_refusals.labels(event, reason).inc()

    def order_settled(self, event: str, *, status: str, seconds: float) -> None:
        """An order was answered in this state."""
        self._orders.labels(event, status).inc()
        self._purchase.labels(event).observe(seconds)

    def request_served(self, route: str, *, seconds: float) -> None:
        """A request of this route (its pattern, never its path) was answered."""
        self._request.labels(route).observe(seconds)

    def seats_counted(self, event: str, *, free: int, held: int, sold: int, sold_twice: int) -> None:
        """The database said how many seats are in which state, and how many have two live tickets."""
        for state, count in (("free", free), ("held", held), ("sold", sold)):
            self._seats.labels(event, state).set(count)
        self._double.labels(event).set(sold_twice)

    def pool_seen(self, *, in_use: int, idle: int, waiting: int) -> None:
        """The pool of database connections is in this state."""
        for state, count in (("in_use", in_use), ("idle", idle), ("waiting", waiting)):
            self._pool.labels(state).set(count)

    def cases_counted(self, cases: Mapping[str, int]) -> None:
        """So many cases of each kind wait for a human."""
        for kind, count in cases.items():
            self._cases.labels(kind).set(count)

    def settling_seen(self, *, overdue_seconds: float) -> None:
        """A call to the payment provider has been due for so long, and nobody made it."""
        self._overdue.set(overdue_seconds)

    def room_call_failed(self, verb: str) -> None:
        """A call to the room got no answer."""
        self._room_errors.labels(verb).inc()

    def provider_event(self, provider: str, *, outcome: str) -> None:
        """A provider told something: taken, known, about nothing of ours, or refused for its signature."""
        self._events.labels(provider, outcome).inc()

    def vendor_key_refused(self, reason: str) -> None:
        """A vendor's call came without a key, with a wrong one, or after too many wrong ones."""
        self._vendor_keys.labels(reason).inc()


class JobMetrics:
    """What a worker counts of the jobs in the outbox; `registry` is that of the unit it works in."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._jobs = Gauge("waitroom_jobs", "Jobs by state", ["task", "state"], registry=self.registry)
        self._oldest = Gauge(
            "waitroom_jobs_oldest_due_seconds", "For how long a job is due", ["task"], registry=self.registry
        )
        self._run = Counter("waitroom_jobs_run", "Jobs that were run", ["task", "outcome"], registry=self.registry)
        self._seconds = Histogram(
            "waitroom_job_seconds", "Duration of a job", ["task"], buckets=JOB_SECONDS, registry=self.registry
        )

        self._notices = Counter(
            "waitroom_notices_settled", "Notices to buyers by their end", ["kind", "state"], registry=self.registry
        )
        self._webhooks = Counter(
            "waitroom_webhooks_tried", "Calls to vendors by what came of them", ["state"], registry=self.registry
        )
        for state in WEBHOOK_STATES:
            self._webhooks.labels(state)

    def jobs_counted(self, task: str, *, states: dict[str, int], oldest_due_seconds: float) -> None:
        """The database said how many jobs of a task are in which state, and how long the oldest has been due."""
        for state in JOB_STATES:
            self._jobs.labels(task, state).set(states.get(state, 0))
        self._oldest.labels(task).set(oldest_due_seconds)
        self._seconds.labels(task)
        for outcome in JOB_OUTCOMES:
            self._run.labels(task, outcome)

    def notices_expected(self, *, kinds: Iterable[str], states: Iterable[str]) -> None:
        """These kinds of notices can end in these states; none has so far."""
        for kind, state in product(kinds, states):
            self._notices.labels(kind, state)

    def notice_settled(self, kind: str, *, state: str) -> None:
        """A notice to a buyer has come to its end, in this state."""
        self._notices.labels(kind, state).inc()

    def webhook_tried(self, *, state: str) -> None:
        """A vendor's endpoint was called, with one of `WEBHOOK_STATES`."""
        self._webhooks.labels(state).inc()

    def job_run(self, task: str, *, outcome: str, seconds: float) -> None:
        """A job was run, with one of `JOB_OUTCOMES`."""
        self._run.labels(task, outcome).inc()
        self._seconds.labels(task).observe(seconds)
