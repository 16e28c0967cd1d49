"""Write the vectors that hold the simulation and the scripts together.

    python -m tests.vectors.generate_admissions

Each case is a small evening that the real scripts had on a test clock, on a store that is started for it: turns,
entries and fans inside, by the second. `test_simulation.py` holds the simulation to them, and the scripts.
"""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from tests.evenings import Even, Player, open_room
from waitroom.embedded import EmbeddedValkey
from waitroom.queue import Queue
from waitroom.simulation import Crowd, Policy, Step

FILE = Path(__file__).parent / "admissions.json"
SECONDS = 180
Json = dict[str, Any]  # Any: JSON values

CASES: tuple[tuple[str, Policy, Crowd], ...] = (
    (
        "everybody comes at once, nothing is full",
        Policy(new_users_per_minute=600, total_active_users=10_000, claim_minutes=1, session_minutes=5),
        Crowd(lobby=3000, no_show=0, claim_seconds=0, shop_minutes=1),
    ),
    (
        "three in ten stay away: the share is measured after the first claim window",
        Policy(new_users_per_minute=600, total_active_users=10_000, claim_minutes=1, session_minutes=5),
        Crowd(lobby=3000, no_show=0.3, claim_seconds=10, shop_minutes=1),
    ),
    (
        "more stay away than the share may say: it stops at a half",
        Policy(new_users_per_minute=600, total_active_users=10_000, claim_minutes=0.5, session_minutes=5),
        Crowd(lobby=3000, no_show=0.6, claim_seconds=5, shop_minutes=1),
    ),
    (
        "the ceiling binds",
        Policy(new_users_per_minute=1200, total_active_users=200, claim_minutes=1, session_minutes=5),
        Crowd(lobby=3000, no_show=0, claim_seconds=10, shop_minutes=1),
    ),
    (
        "the ceiling binds, and fans stay away",
        Policy(new_users_per_minute=1200, total_active_users=400, claim_minutes=0.5, session_minutes=5),
        Crowd(lobby=3000, no_show=0.3, claim_seconds=10, shop_minutes=1),
    ),
    (
        "sessions end before the fans do",
        Policy(new_users_per_minute=900, total_active_users=300, claim_minutes=1, session_minutes=0.5),
        Crowd(lobby=3000, no_show=0.1, claim_seconds=5, shop_minutes=2),
    ),
    (
        "a plan: faster, shut, slow, fast under a lower ceiling",
        Policy(
            new_users_per_minute=600,
            total_active_users=2000,
            claim_minutes=1,
            session_minutes=5,
            plan=(
                Step(at_seconds=40, new_users_per_minute=1800, total_active_users=2000),
                Step(at_seconds=80, new_users_per_minute=0, total_active_users=2000),
                Step(at_seconds=110, new_users_per_minute=120, total_active_users=2000),
                Step(at_seconds=150, new_users_per_minute=1200, total_active_users=250),
            ),
        ),
        Crowd(lobby=4000, no_show=0.2, claim_seconds=5, shop_minutes=1),
    ),
    (
        "a turn every two seconds",
        Policy(new_users_per_minute=30, total_active_users=1000, claim_minutes=1, session_minutes=5),
        Crowd(lobby=400, no_show=0.2, claim_seconds=5, shop_minutes=1),
    ),
    (
        "fans come after the release, at first more than the rate, then fewer",
        Policy(new_users_per_minute=600, total_active_users=1000, claim_minutes=1, session_minutes=5),
        Crowd(lobby=100, arrivals=((0, 1500), (90, 300), (240, 300)), no_show=0.2, claim_seconds=5, shop_minutes=1),
    ),
)


async def play(
    queue: Queue, name: str, policy: Policy, crowd: Crowd, *, seconds: int = SECONDS
) -> dict[str, list[int]]:
    """Let the scripts have the evening; the figures by the second."""
    room = await open_room(queue, name, policy)
    evening = await Player(room, crowd, Even()).play(seconds=seconds)
    return {"turns": evening.turns, "entries": evening.entries, "inside": evening.inside}


def read_vectors() -> list[Json]:
    """What the file says, in the order of `CASES`."""
    vectors: list[Json] = json.loads(FILE.read_text())
    return vectors


async def generate(url: str) -> str:
    """Return what is to stand in the file."""
    queue = Queue.connect(url)
    lines = []
    for number, (why, policy, crowd) in enumerate(CASES):
        lines.append(json.dumps({"why": why} | await play(queue, f"case-{number}", policy, crowd)))
    await queue.close()
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main() -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedValkey(Path(folder)) as server:
        FILE.write_text(asyncio.run(generate(server.url)))


if __name__ == "__main__":
    main()
