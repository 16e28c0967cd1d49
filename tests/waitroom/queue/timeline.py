"""The evening that docs/admission.md tells, lived by the real scripts on a clock of its own.

`python -m tests.waitroom.queue.timeline` prints the table anew.
"""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.factories import START_MS
from tests.waitroom.queue.evenings import Evening, Habits, Look, within_minutes
from waitroom.embedded import EmbeddedValkey
from waitroom.queue import Queue
from waitroom.rooms import PlanStep

OPENS = datetime(2027, 1, 15, 20, tzinfo=UTC)
STEP_SECONDS = 720
PLAN = (PlanStep(at=START_MS + STEP_SECONDS * 1000, new_users_per_minute=600, total_active_users=4000),)
SHOWN = (1, 60, 120, 240, 300, 330, 360, 480, 600, 720, 750, 780, 900, 1080)
HEADING = "| time | turns | entries | the minute's entries | have a turn | inside | s |"
HABITS = Habits(delay=within_minutes(30, most=290), stay_seconds=180)


async def live_the_evening(queue: Queue, room: str) -> Evening:
    """600 a minute, 1,000 inside, a claim window of five minutes; from 20:12 on 4,000 inside, by the plan."""
    settings = {"new_users_per_minute": 600, "total_active_users": 1000, "claim_minutes": 5, "plan": PLAN}
    evening = await Evening.begin(queue, room, HABITS, fans=16_000, seed=20, **settings)
    await evening.live(seconds=SHOWN[-1], step=0.5)
    return evening


def table_of(evening: Evening) -> list[str]:
    """The lines of the table, oldest first."""
    looks = {look.second: look for look in evening.looks}
    return [HEADING, "|---|---|---|---|---|---|---|", *(_line(looks, looks[float(second)]) for second in SHOWN)]


def _line(looks: dict[float, Look], look: Look) -> str:
    before = looks.get(look.second - 60)
    within = look.entries - (before.entries if before else 0)
    time = f"{OPENS + timedelta(seconds=look.second):%H:%M:%S}"
    return (
        f"| {time} | {look.turns:,} | {look.entries:,} | {within:,} | {look.admitted:,} | {look.active:,} "
        f"| {look.share:.2f} |"
    )


async def _print() -> None:
    with tempfile.TemporaryDirectory() as folder, EmbeddedValkey(Path(folder)) as valkey:
        queue = Queue.connect(valkey.url)
        print("\n".join(table_of(await live_the_evening(queue, "timeline"))))  # noqa: T201 - what it is for
        await queue.close()


if __name__ == "__main__":
    asyncio.run(_print())
