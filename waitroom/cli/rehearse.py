"""`waitroom rehearse`: a crowd of ours through a room that is marked as a rehearsal."""

import asyncio
import sys

import click

from waitroom.cli.acting import run_on_queue
from waitroom.queue import Queue, look_at_room
from waitroom.rehearsal import GhostPlan, Rehearsing
from waitroom.rehearsal.progress import Status

LINE_EACH_SECONDS = 5.0
ENDED_WELL = {Status.FINISHED, Status.CLOSED, Status.SOLD_OUT}


@click.command()
@click.argument("room")
@click.option("--fans", type=click.IntRange(1, 20_000), default=500, show_default=True, help="How many come.")
@click.option(
    "--over",
    "over_minutes",
    type=click.FloatRange(0, 720),
    default=5.0,
    show_default=True,
    help="Minutes to come in.",
)
@click.option("--no-show", type=click.FloatRange(0, 1), default=0.2, show_default=True, help="Who lets the turn lapse.")
@click.option("--claim-seconds", type=click.FloatRange(0, 3600), default=20.0, show_default=True, help="To the claim.")
@click.option("--shop-minutes", type=click.FloatRange(0, 1440), default=6.0, show_default=True, help="Inside, a mean.")
@click.option("--seats", type=click.IntRange(0), help="Seats that there are to take.  [default: they are not counted]")
@click.option("--seats-a-buyer", type=click.FloatRange(1, 100), default=2.0, show_default=True, help="Taken by each.")
def rehearse(room: str, **plan: object) -> None:
    """Let a crowd of ours walk through ROOM, which must have been made with --rehearsal.

    It joins, waits, claims, goes in, and reports seats left as a checkout would, by the queue's own verbs and without
    a browser; nothing is sold. Real people can walk along: they reach the shop's door and are told that it was a
    rehearsal. Ends when all are through or the room is over; Ctrl-C sends the crowd home.

    Example: waitroom rooms create dress --rehearsal --release-at +5m; waitroom rehearse dress --fans 2000
    """
    status = run_on_queue(lambda queue: _walk(queue, room, GhostPlan.model_validate(plan)))
    sys.exit(0 if status in ENDED_WELL else 1)


async def _walk(queue: Queue, room: str, plan: GhostPlan) -> Status:
    rehearsing = Rehearsing(queue, await look_at_room(queue, room), plan)
    telling = asyncio.create_task(_tell(rehearsing))
    try:
        await rehearsing.run()
    finally:
        telling.cancel()
        # Also at Ctrl-C, which cancels this task.
        await rehearsing.stop()
        click.echo(str(rehearsing.progress()))
    click.echo(f"The rehearsal is over: {rehearsing.status.value.replace('_', ' ')}.")
    return rehearsing.status


async def _tell(rehearsing: Rehearsing) -> None:
    while True:
        click.echo(str(rehearsing.progress()))
        await asyncio.sleep(LINE_EACH_SECONDS)
