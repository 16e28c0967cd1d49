"""Recording rules and alerts as data; the link into the runbook is added by a function.

What must never be has no delay. A comparison of totals is made within one snapshot of one edge, so it is exact
whatever the edges' order; over a window it allows for what two snapshots may be apart.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dashboards.admission import turns_beyond_fans, unaccounted_fans

RUNBOOK = "dashboards/runbook.md"
"""Where this repository keeps it; put the address of your copy here, and the links in alerts open it."""
WINDOW_SECONDS = 10
SKEW_SECONDS = 3
"""How far two samples that should be ten seconds apart may be off: a scrape interval and a snapshot's age."""


class Severity(StrEnum):
    """What an alert asks for."""

    PAGE = "page"
    LOOK = "look"


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A value that several alerts read, computed once."""

    name: str
    expr: str

    def to_rule(self) -> dict[str, Any]:  # Any: YAML values
        """The rule as Prometheus reads it."""
        return {"record": self.name, "expr": self.expr}


@dataclass(frozen=True, kw_only=True)
class Alert:
    """`value` is what is watched and always there; `fires_when` is the comparison that makes it an alert."""

    name: str
    summary: str
    value: str
    fires_when: str
    severity: Severity = Severity.PAGE
    lasts: str = "0s"

    @property
    def expr(self) -> str:
        """The whole expression."""
        return f"{self.value} {self.fires_when}"

    def to_rule(self) -> dict[str, Any]:  # Any: YAML values
        """The rule as Prometheus reads it."""
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": self.lasts,
            "labels": {"severity": self.severity.value},
            "annotations": {"summary": self.summary, "runbook_url": runbook_link(self.name)},
        }


def runbook_link(alert: str) -> str:
    """Return the address of an alert's section."""
    return f"{RUNBOOK}#{alert.lower()}"


# Queue truth is the same on every edge: the newest of them is the maximum, and a sum would be nonsense.
TOTAL = "waitroom:room_total"
FANS = "waitroom:room_fans"
RATE = "waitroom:room_rate_per_minute"
CEILING = "waitroom:room_ceiling"
RECORDINGS = (
    Recording(name=TOTAL, expr="max by (room, event) (waitroom_room_total)"),
    Recording(name=FANS, expr="max by (room, state) (waitroom_room_fans)"),
    Recording(name=RATE, expr="max by (room) (waitroom_room_rate_per_minute)"),
    Recording(name=CEILING, expr="max by (room) (waitroom_room_ceiling)"),
)


def total(event: str, *, before_seconds: int = 0) -> str:
    """Write a room's total, now or some seconds ago."""
    return f'sum by (room) ({TOTAL}{{event="{event}"}}{_offset(before_seconds)})'


def fans(state: str, *, before_seconds: int = 0) -> str:
    """Write how many fans of a room are in a state, now or some seconds ago."""
    return f'sum by (room) ({FANS}{{state="{state}"}}{_offset(before_seconds)})'


def grown(event: str, seconds: int) -> str:
    """Write by how much a total has grown; exact, where `increase` would extrapolate."""
    return f"({total(event)} - {total(event, before_seconds=seconds)})"


def entries_beyond_claims() -> str:
    """Write how many entered within the window who cannot have claimed before it.

    Fans may dawdle after their moment of entry and then come together; whoever had claimed when the window began
    is therefore not counted. What is left had both moments within the window, so due plus depth bounds it.
    """
    return f"{total('entered')} - {total('claimed', before_seconds=WINDOW_SECONDS)}"


def entries_due() -> str:
    """Write due plus depth of the window: R seconds' worth and max(1, R/60), at the highest R of the window."""
    rate = f"max_over_time({RATE}[{WINDOW_SECONDS + SKEW_SECONDS}s])"
    return f"({rate} * {WINDOW_SECONDS + SKEW_SECONDS} / 60 + clamp_min({rate} / 60, 1))"


def free_slots() -> str:
    """Write how many slots nobody has and nobody has a turn for."""
    return f"{CEILING} - {fans('active')} - {fans('admitted')}"


def on_each_edge(state: str) -> str:
    """Write how many fans are in a state, by each edge's own snapshot."""
    return f'sum without (state) (waitroom_room_fans{{state="{state}"}})'


def claims_on_each_edge() -> str:
    """Write how many claims each edge has seen within the window, by its own snapshots."""
    claimed = 'waitroom_room_total{event="claimed"}'
    return f"sum without (event) ({claimed} - {claimed} offset {WINDOW_SECONDS}s)"


def new_counts(metric: str, seconds: int, *by: str) -> str:
    """Write by how much a counter has grown over all processes; a process that began counts from zero."""
    return f"sum by ({', '.join(by)}) (increase({metric}[{seconds}s]))"


def _offset(seconds: int) -> str:
    return f" offset {seconds}s" if seconds else ""


NEVER = (
    Alert(
        name="WaitroomFanWithTwoTurns",
        summary="More turns were given in {{ $labels.room }} than fans have left its line: somebody had two.",
        value=turns_beyond_fans(""),
        fires_when="> 0",
    ),
    Alert(
        name="WaitroomFansDoNotAddUp",
        summary="{{ $value }} fans of {{ $labels.room }} are in no state, or in two.",
        value=unaccounted_fans(""),
        # A draw moves fans in chunks, and those who leave meanwhile count twice until it is done.
        fires_when="> 0 and waitroom_room_admitting == 1",
    ),
    Alert(
        name="WaitroomEntryWithoutTurn",
        summary="In {{ $labels.room }} more fans claimed than had turns, or more entered than claimed.",
        value=f"clamp_min({total('entered')} - {total('claimed')}, 0)"
        f" + clamp_min({total('claimed')} - {total('given')}, 0)",
        fires_when="> 0",
    ),
    Alert(
        name="WaitroomEntriesAboveDue",
        summary="{{ $labels.room }} let {{ $value }} fans in within ten seconds who had not claimed before: too many.",
        value=entries_beyond_claims(),
        fires_when=f"> {entries_due()}",
    ),
    Alert(
        name="WaitroomSlotsAboveCeiling",
        summary="{{ $labels.room }} gave slots while {{ $value }} fans were active, above its ceiling.",
        # While a ceiling stands unchanged nobody can claim above it: who is above it now was so all the while.
        # All of it is read from one edge's snapshots, since an older one may still show more active fans.
        value=on_each_edge("active"),
        fires_when=f"> waitroom_room_ceiling and changes(waitroom_room_ceiling[{WINDOW_SECONDS + SKEW_SECONDS}s]) == 0"
        f" and {claims_on_each_edge()} > 0",
    ),
    Alert(
        name="WaitroomSeatSoldTwice",
        summary="{{ $value }} seats of {{ $labels.event }} have two live tickets.",
        value="max by (event) (waitroom_event_double_sales)",
        fires_when="> 0",
    ),
    Alert(
        name="WaitroomScriptFailed",
        summary="The script {{ $labels.script }} breaks on the store: a mistake in it, or in the store's rights.",
        value=new_counts("waitroom_scripts_failed_total", 60, "script"),
        fires_when="> 0",
    ),
)

IN_TROUBLE = (
    Alert(
        name="WaitroomQueueStalled",
        summary="Fans wait in {{ $labels.room }}, slots are free, and no turn was given for 30 seconds.",
        value=grown("given", 30),
        # Below four turns a minute, thirty seconds without one are in order.
        fires_when=f"== 0 and {RATE} >= 4 and min_over_time(({free_slots()})[30s:5s]) > 0"
        f" and min_over_time(({fans('waiting')})[30s:5s]) > 0"
        " and max by (room) (min_over_time(waitroom_room_admitting[30s])) == 1",
    ),
    Alert(
        name="WaitroomSnapshotStale",
        summary="Fans of {{ $labels.room }} see a line that is {{ $value }} seconds old, on {{ $labels.instance }}.",
        value="max by (room, instance) (waitroom_snapshot_age_seconds)",
        fires_when="> 5",
    ),
    Alert(
        name="WaitroomStoreErrors",
        summary="The queue's store does not answer {{ $labels.script }}.",
        value=new_counts("waitroom_store_errors_total", 60, "script"),
        fires_when="> 0",
    ),
    Alert(
        name="WaitroomStoreSpared",
        summary="{{ $labels.instance }} has given up {{ $value }} parts of the queue's store for the moment.",
        value="max by (instance) (waitroom_store_circuits_open)",
        fires_when="> 0",
        lasts="2s",
    ),
    Alert(
        name="WaitroomStoreEmptied",
        summary="The queue's store has lost {{ $labels.room }}; an edge put it back, and its fans are coming back.",
        # The snapshot says so: an edge that started with the loss has no earlier count to grow from.
        value="max by (room) (waitroom_room_recovering)",
        fires_when="> 0",
    ),
    Alert(
        name="WaitroomStateNotWritten",
        summary="{{ $labels.instance }} cannot use its state folder: its rooms are in its memory alone.",
        value=new_counts("waitroom_state_writes_failed_total", 60, "instance"),
        fires_when="> 0",
        severity=Severity.LOOK,
        lasts="10s",
    ),
    Alert(
        name="WaitroomRoomCallsFailed",
        summary="A checkout's calls to {{ $labels.verb }} at the room fail.",
        value=new_counts("waitroom_room_calls_failed_total", 60, "verb"),
        fires_when="> 0",
    ),
    Alert(
        name="WaitroomSessionsUnconfirmed",
        summary="Fans of {{ $labels.room }} came in on the checkout's own record alone, since the room was away.",
        value=new_counts("waitroom_sessions_unconfirmed_total", 60, "room"),
        fires_when="> 0",
        severity=Severity.LOOK,
    ),
    Alert(
        name="WaitroomAdmittingWithoutStore",
        summary="{{ $value }} fans of {{ $labels.room }} were let in within a minute without the queue's store.",
        value=new_counts("waitroom_outage_admissions_total", 60, "room"),
        fires_when="> 0",
    ),
    Alert(
        name="WaitroomCodesGuessed",
        summary="Somebody tries presale codes of {{ $labels.room }}: {{ $value }} wrong ones in a minute.",
        value=new_counts('waitroom_codes_refused_total{why=~"unknown|slowed"}', 60, "room"),
        fires_when="> 60",
        severity=Severity.LOOK,
    ),
    Alert(
        name="WaitroomPasswordsGuessed",
        summary="Somebody tries passwords at the console: {{ $value }} failed sign-ins in five minutes.",
        value=new_counts('waitroom_sign_ins_total{outcome=~"wrong|code-wrong|slowed"}', 300),
        # People who mistype stop at the wait that comes after five.
        fires_when="> 20",
        severity=Severity.LOOK,
    ),
    Alert(
        name="WaitroomDatabasePoolExhausted",
        summary="Requests of {{ $labels.instance }} wait for a database connection.",
        value='waitroom_database_pool{state="waiting"}',
        fires_when="> 0",
        lasts="10s",
    ),
    Alert(
        name="WaitroomRoomSlowed",
        summary="The checkout suffers: {{ $labels.room }} lets in less than half of its planned rate.",
        value="min by (room) (waitroom_room_governor_factor)",
        # Two cuts without a recovery are at 0.49; a moment's trouble is over before.
        fires_when="< 0.5",
        lasts="20s",
    ),
    Alert(
        name="WaitroomBeaconSilent",
        summary="The draw of {{ $labels.room }} waits for its beacon, {{ $value }} seconds beyond the round's time.",
        value="max by (room) (waitroom_room_beacon_overdue_seconds)",
        fires_when="> 30",
    ),
    Alert(
        name="WaitroomPaymentsOverdue",
        summary="A call to the payment provider has been due for {{ $value }} seconds, and nobody makes it.",
        value="max(waitroom_payments_overdue_seconds)",
        fires_when="> 60",
        lasts="10s",
    ),
    Alert(
        name="WaitroomCasesOpen",
        summary="{{ $value }} payments wait for a human: {{ $labels.kind }}.",
        value="max by (kind) (waitroom_cases_open)",
        fires_when="> 0",
        severity=Severity.LOOK,
    ),
    Alert(
        name="WaitroomJobsFailed",
        summary="{{ $value }} jobs of {{ $labels.task }} were given up; a human has to look.",
        value='max by (task) (waitroom_jobs{state="failed"})',
        fires_when="> 0",
        severity=Severity.LOOK,
    ),
    Alert(
        name="WaitroomJobsLate",
        summary="A job of {{ $labels.task }} has been due for {{ $value }} seconds, and nobody runs it.",
        value="max by (task) (waitroom_jobs_oldest_due_seconds)",
        fires_when="> 60",
        lasts="10s",
    ),
    Alert(
        name="WaitroomJobsRetried",
        summary="{{ $value }} tries of {{ $labels.task }} failed in five minutes; they will be tried again.",
        # A vendor's endpoint that is away is the vendor's; it is told in the vendor's own log.
        value=new_counts('waitroom_jobs_run_total{outcome="retried",task!="send_webhook"}', 300, "task"),
        fires_when="> 20",
        severity=Severity.LOOK,
    ),
    Alert(
        name="WaitroomProviderEventsRefused",
        summary="{{ $value }} webhooks in the name of {{ $labels.provider }} bore a wrong signature in five minutes.",
        value=new_counts('waitroom_provider_events_total{outcome="refused"}', 300, "provider"),
        fires_when="> 3",
        severity=Severity.LOOK,
    ),
    Alert(
        name="WaitroomUnitDown",
        summary="{{ $labels.job }} at {{ $labels.instance }} does not answer.",
        value='up{job=~"waitroom-.+"}',
        fires_when="== 0",
        lasts="10s",
    ),
)

ALERTS = NEVER + IN_TROUBLE


def to_document() -> dict[str, Any]:  # Any: YAML values
    """The rules file: recordings first, since a group is evaluated in its order."""
    return {
        "groups": [
            {
                "name": "waitroom",
                "interval": "2s",
                "rules": [rule.to_rule() for rule in (*RECORDINGS, *ALERTS)],
            }
        ]
    }
