"""`waitroom crowd`: simulated fans against an address on this machine."""

import asyncio
import ipaddress
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

if TYPE_CHECKING:
    from loadtests.crowd import Plan, Summary
    from loadtests.fan import Door

LINE_EACH = 5
"""Without a terminal every fifth progress line is printed."""


class LoopbackAddress(click.ParamType[str]):
    """An address on this machine: a crowd against anybody else's would be an attack."""

    name = "url"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the address without a closing slash, or refuse it."""
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            self.fail(f"{value} is no address; write it like http://127.0.0.1:8000.", param, ctx)
        if not is_loopback(parts.hostname):
            self.fail(f"{parts.hostname} is not on this machine; a crowd goes to loopback addresses only.", param, ctx)
        return value.rstrip("/")


@click.command()
@click.option(
    "--edge",
    "edges",
    type=LoopbackAddress(),
    multiple=True,
    default=["http://127.0.0.1:8000"],
    show_default=True,
    help="An edge's address on this machine; repeat it for several edges.",
)
@click.option(
    "--checkout",
    "checkouts",
    type=LoopbackAddress(),
    multiple=True,
    default=["http://127.0.0.1:8002"],
    show_default=True,
    help="The checkout's address on this machine.",
)
@click.option("--room", default="demo", show_default=True, help="The room they come to.")
@click.option("--event", default=None, help="The event they buy tickets of.  [default: named like the room]")
@click.option("--fans", type=click.IntRange(1, 20_000), default=300, show_default=True, help="How many come.")
@click.option(
    "--over",
    "arrive_seconds",
    type=click.FloatRange(0),
    default=60.0,
    show_default=True,
    help="Seconds in which they arrive; most in the first half.",
)
@click.option(
    "--limit",
    "limit_seconds",
    type=click.FloatRange(1),
    default=900.0,
    show_default=True,
    help="Seconds after which whoever is still there is cut off.",
)
@click.option(
    "--pace",
    type=click.FloatRange(0, 10),
    default=1.0,
    show_default=True,
    help="Stretches every hesitation; 0 leaves them out.",
)
@click.option(
    "--seed",
    default="crowd",
    show_default=True,
    help="The same seed makes the same fans with the same keys; use another for another crowd.",
)
def crowd(  # noqa: PLR0913, PLR0917 - click passes each option by its name
    edges: tuple[str, ...],
    checkouts: tuple[str, ...],
    room: str,
    event: str | None,
    fans: int,
    arrive_seconds: float,
    limit_seconds: float,
    pace: float,
    seed: str,
) -> None:
    """Send simulated fans through a waiting room on this machine.

    They arrive over time, wait for their turns by the public snapshot, and then: 65 % buy one to four
    tickets, 15 % hesitate first, 8 % have their first card declined, 5 % hold seats and walk away, and 7 %
    leave the line before their turn. One line tells how it goes; the last lines say how it went.

    Ends with 0 when every fan came to an end of their own, with 1 when some met errors or were cut off.
    """
    from loadtests.crowd import Plan  # noqa: PLC0415 - the other commands need no HTTP client
    from loadtests.fan import Door  # noqa: PLC0415

    plan = Plan(fans=fans, arrive_seconds=arrive_seconds, limit_seconds=limit_seconds, pace=pace, seed=seed)
    door = Door(edges=edges, checkouts=checkouts, room=room, event=event or room)
    try:
        summary = asyncio.run(_run(door, plan))
    except KeyboardInterrupt:
        raise click.Abort from None
    click.echo(f"\n{summary}" if sys.stdout.isatty() else str(summary))
    sys.exit(summary.exit_code)


async def _run(door: "Door", plan: "Plan") -> "Summary":
    from loadtests.crowd import Crowd  # noqa: PLC0415 - as above

    return await Crowd(door, plan).run(_progress_line())


def _progress_line() -> "Callable[[str], None]":
    """On a terminal one line that is written over; elsewhere a line now and then."""
    shown = 0

    def show(line: str) -> None:
        nonlocal shown
        if sys.stdout.isatty():
            click.echo(f"\r{line}\x1b[K", nl=False)
        elif shown % LINE_EACH == 0:
            click.echo(line)
        shown += 1

    return show


def is_loopback(host: str) -> bool:
    """Whether every address of the host is this machine's loopback interface."""
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return False
    return all(ipaddress.ip_address(entry[4][0]).is_loopback for entry in found)
