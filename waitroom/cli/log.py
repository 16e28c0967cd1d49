"""`waitroom log`: write a room's admission log down, and check one from its chain of hashes."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click

from waitroom.queue import Queue, Snapshot, look_at_room
from waitroom.queue.admission_log import CLOCK_TOLERANCE_SECONDS, LogBroken, LogHolds, LogVerification
from waitroom.settings import Settings

FORMAT = "waitroom-admission-log-1"
UNREADABLE = 2
Json = dict[str, Any]  # Any: JSON values
Outcome = LogHolds | LogBroken
Checking = Callable[..., LogVerification]


class UnreadableLogError(click.ClickException):
    """The log cannot be read at all; nothing is said about it."""

    exit_code = UNREADABLE


@click.group("log")
def log_group() -> None:
    """Check which turns were given when, and why at that rate."""


@log_group.command()
@click.argument("room")
def export(room: str) -> None:
    """Write ROOM's admission log to standard output: a header, then an entry a line, as JSON.

    Example: waitroom log export arena > arena.jsonl
    """

    async def write() -> None:
        async with _room(room) as (snapshot, entries):
            click.echo(json.dumps(_header(snapshot)))
            async for entry in entries:
                click.echo(json.dumps(entry))

    asyncio.run(write())


@log_group.command()
@click.argument("source", metavar="ROOM|FILE")
@click.option("--expect-head", metavar="HEX", help="A hash (log.head) that the room's snapshot has shown.")
@click.option("--expect-commitment", metavar="HEX", help="The room's commitment as it was shown beforehand.")
@click.option(
    "--clock-tolerance",
    metavar="SECONDS",
    type=float,
    default=CLOCK_TOLERANCE_SECONDS,
    show_default=True,
    help="How far the store's clock may have been set back between two entries.",
)
def verify(source: str, expect_head: str | None, expect_commitment: str | None, clock_tolerance: float) -> None:
    """Recompute the chain of an admission log, and check its times, rates, count and head.

    The log is read from the room's store, from a file that `waitroom log export` wrote, or from - (standard input).
    The exit code is 1 when a check fails, and 2 when the log cannot be read.
    """
    checking = partial(LogVerification, seen_head=expect_head, clock_tolerance_seconds=clock_tolerance)
    if source == "-" or Path(source).is_file():
        header, outcome = _verify_file(source, checking)
    else:
        header, outcome = asyncio.run(_verify_room(source, checking))
    if expect_commitment not in {None, header["commitment"]}:
        _fail("commitment", f"the log begins with {header['commitment']}; {expect_commitment} was expected")
    if isinstance(outcome, LogBroken):
        _fail(outcome.check.value, outcome.detail)
    _tell(outcome, header, is_head_known=expect_head is not None)


def _fail(check: str, detail: str) -> NoReturn:
    click.echo(f"FAILED at the check {check!r}: {detail}", err=True)
    sys.exit(1)


def _tell(outcome: LogHolds, header: Json, *, is_head_known: bool) -> None:
    where, span = f"room {header['room']} (epoch {header['epoch']})", f"entries {outcome.first} to {outcome.last}"
    click.echo(f"The admission log of {where} holds: {span}, {outcome.turns:,} turns.")
    if outcome.first > 1:
        click.echo(f"The {outcome.first - 1:,} entries before were trimmed: entry {outcome.first} is taken on trust.")
    if not is_head_known:
        click.echo(f"Compare the head with one that the snapshot has shown: {outcome.head or 'none yet'}")


def _header(snapshot: Snapshot) -> Json:
    return {
        "format": FORMAT,
        "room": snapshot.room,
        "epoch": snapshot.epoch,
        "commitment": snapshot.draw.commitment,
        "entries": snapshot.log.entries,
        "head": snapshot.log.head,
    }


@asynccontextmanager
async def _room(room: str) -> AsyncIterator[tuple[Snapshot, AsyncIterator[dict[str, str]]]]:
    queue = Queue.connect(Settings.from_env().redis_url)
    try:
        snapshot = await look_at_room(queue, room)
        yield snapshot, _up_to(snapshot.log.entries, queue.admission_log(room))
    finally:
        await queue.close()


async def _up_to(last: int, entries: AsyncIterator[dict[str, str]]) -> AsyncIterator[dict[str, str]]:
    # The room goes on while it is read: what came after the snapshot is left for the next time.
    async for entry in entries:
        if entry.get("n", "").isdigit() and int(entry["n"]) > last:
            return
        yield entry


async def _verify_room(room: str, checking: Checking) -> tuple[Json, Outcome]:
    async with _room(room) as (snapshot, entries):
        header = _header(snapshot)
        verification = checking(commitment=header["commitment"])
        async for entry in entries:
            if (broken := verification.read(entry)) is not None:
                return header, broken
        return header, verification.end(head=header["head"] or "", count=header["entries"])


def _verify_file(source: str, checking: Checking) -> tuple[Json, Outcome]:
    lines = _lines(source)
    header = next(lines, {})
    if header.get("format") != FORMAT or not {"room", "epoch", "commitment", "entries", "head"} <= header.keys():
        raise UnreadableLogError(f"{source} does not begin with the header that `waitroom log export` writes.")
    verification = checking(commitment=header["commitment"])
    for entry in lines:
        if (broken := verification.read(entry)) is not None:
            return header, broken
    return header, verification.end(head=header["head"] or "", count=header["entries"])


def _lines(source: str) -> Iterator[Json]:
    try:
        with click.open_file(source) as file:
            for number, line in enumerate(file, 1):
                found = json.loads(line)
                if not isinstance(found, dict):
                    raise UnreadableLogError(f"Line {number} of {source} is no JSON object.")
                yield found
    except (OSError, ValueError) as broken:
        raise UnreadableLogError(f"{source} cannot be read: {broken}") from broken
