"""The table: everything that was measured, as Markdown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from loadtests.benchmarks.draws import MeasuredDraw
from loadtests.benchmarks.queue.life import LifeRow
from loadtests.benchmarks.queue.many_rooms import ManyRooms
from loadtests.benchmarks.queue.measures import Latency
from loadtests.benchmarks.queue.rate import RateUse
from loadtests.benchmarks.queue.sizes import SizeRow


@dataclass(kw_only=True)
class Measured:
    """What this run measured; parts that were not asked for are empty."""

    machine: str
    sizes: list[SizeRow] = field(default_factory=list)
    draws: list[MeasuredDraw] = field(default_factory=list)
    life: LifeRow | None = None
    rate: RateUse | None = None
    rooms: ManyRooms | None = None
    http: str = ""


def markdown(measured: Measured) -> str:
    """Write all parts that were measured."""
    parts = [
        f"Measured on {measured.machine}.",
        size_table(measured.sizes) if measured.sizes else "",
        draw_table(measured.draws) if measured.draws else "",
        life_lines(measured.life) if measured.life else "",
        rate_lines(measured.rate) if measured.rate else "",
        room_lines(measured.rooms) if measured.rooms else "",
        measured.http,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _latency(latency: Latency) -> str:
    by_clock = f"{latency.p50_ms:.2f} / {latency.p99_ms:.2f}"
    return f"{by_clock} ({latency.cpu_p50_ms:.2f} / {latency.cpu_p99_ms:.2f})"


def _shares(row: SizeRow) -> str:
    return f"{row.join.share_of_bare:.2f} / {row.join.cpu_share_of_bare:.2f}"


def _errors(row: SizeRow) -> str:
    return f"{row.curve.worst:.1%} / {row.curve.p99:.1%}"


SIZE_LINES: Sequence[tuple[str, Callable[[SizeRow], str]]] = (
    ("joins a second, in batches of 100", lambda row: f"{row.join.per_second:,.0f}"),
    ("joins a second of the store's processor", lambda row: f"{row.join.per_cpu_second:,.0f}"),
    ("to the bare script: by the clock / by processor time", _shares),
    ("memory a fan, bytes", lambda row: f"{row.bytes_a_fan:.0f}"),
    ("the whole room, MiB", lambda row: f"{row.room_mebibytes:,.1f}"),
    ("`advance` without turns, ms", lambda row: _latency(row.idle)),
    ("`advance` with 10 turns, ms", lambda row: _latency(row.giving)),
    ("`advance` with 500 turns (50 at 10,000 fans), ms", lambda row: _latency(row.giving_most)),
    ("`claim`, ms", lambda row: _latency(row.claim)),
    ("claims a second, in a pipeline", lambda row: f"{row.claims_per_second:,.0f}"),
    ("`standing`, ms", lambda row: _latency(row.standing)),
    ("places read from the curve off by at most: all / 99 of 100", _errors),
    ("snapshot, bytes: plain / gzip", lambda row: f"{row.curve.snapshot_bytes:,} / {row.curve.gzip_bytes:,}"),
)


def size_table(rows: Sequence[SizeRow]) -> str:
    """One column a size; milliseconds are p50 / p99 by the clock, then of the store's processor."""
    heads = [f"{row.fans:,} fans" for row in rows]
    lines = [f"| | {' | '.join(heads)} |", f"|---|{'---:|' * len(rows)}"]
    for name, cell in SIZE_LINES:
        lines.append(f"| {name} | {' | '.join(cell(row) for row in rows)} |")
    lines.append("")
    lines.append("Milliseconds are p50 / p99 by the clock, and in brackets of the store's processor alone.")
    return "\n".join(lines)


def draw_table(rows: Sequence[MeasuredDraw]) -> str:
    """Seconds by the size of the lobby."""
    lines = [
        "| entrants | draw, s | of it: store, edge, s of processor | most memory: store, edge, MB | verified, s |",
        "|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        verified = "not measured" if row.verify_seconds is None else f"{row.verify_seconds:.1f}"
        busy = f"{row.store_cpu_seconds:.1f}, {row.edge_cpu_seconds:.1f}"
        memory = f"{row.store_peak_mb:,.0f}, {row.edge_peak_mb:,.0f}"
        lines.append(f"| {row.fans:,} | {row.draw_seconds:.1f} | {busy} | {memory} | {verified} |")
    return "\n".join(lines)


def life_lines(life: LifeRow) -> str:
    """Client commands in a fan's life."""
    named = ", ".join(f"{name} {times}" for name, times in sorted(life.by_name.items()))
    return (
        f"A fan's life took {life.commands_a_fan:.2f} client commands ({life.fans} fans together: {named}), "
        f"a poll of the snapshot {life.commands_a_poll:.0f}."
    )


def rate_lines(use: RateUse) -> str:
    """How the rate was used."""
    windows = ", ".join(f"{share:.1%}" for share in use.by_window)
    return (
        f"With 30 % no-shows and four edges racing {use.share:.1%} of the rate arrived inside after the first claim "
        f"window (window by window: {windows}); the worst excess over due and depth was {use.worst_excess:.2f}."
    )


def room_lines(rooms: ManyRooms) -> str:
    """What quiet rooms cost."""
    each_us = 1e6 * rooms.store_cpu / rooms.rooms
    return (
        f"{rooms.rooms} quiet rooms under {rooms.edges} edges: {rooms.calls_per_second:,.0f} calls a second "
        f"(of {rooms.wanted_per_second:,.0f} that are wanted), "
        f"{rooms.store_cpu:.0%} of one core of the store ({each_us:,.0f} µs a room and second), "
        f"{rooms.edge_cpu:.0%} of one core of each edge."
    )
