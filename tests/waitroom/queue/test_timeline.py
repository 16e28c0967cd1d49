"""The evening in docs/admission.md is one that the scripts really live through."""

from pathlib import Path

from tests.waitroom.queue.timeline import HEADING, live_the_evening, table_of
from waitroom.queue import Queue

PAGE = Path(__file__).parents[3] / "docs" / "admission.md"


async def test_the_worked_timeline_is_what_happens(queue: Queue, room_name: str) -> None:
    """Every figure of the table is the scripts' own; `python -m tests.waitroom.queue.timeline` prints it anew."""
    table = table_of(await live_the_evening(queue, room_name))
    told = PAGE.read_text().splitlines()
    begin = told.index(HEADING)
    assert told[begin : begin + len(table)] == table
