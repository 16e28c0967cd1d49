"""The room's times in a calendar."""

from gettext import NullTranslations
from typing import Any

import httpx
import pytest

from edge.calendars import calendar_of
from tests.edge.conftest import MakeRoom
from tests.edge.test_pages import in_minutes

Json = dict[str, Any]  # Any: JSON values
ROOM: Json = {
    "name": "The Night",
    "epoch": "e1",
    "version": 3,
    "now": "2027-01-15T08:00:00.000Z",
    "lobby_at": "2027-01-16T08:00:00.000Z",
    "lobby_closes_at": None,
    "release_at": "2027-01-16T09:00:00.000Z",
}


def lines_of(**changes: Any) -> list[str]:  # Any: JSON values
    """The calendar's lines, unfolded."""
    calendar = calendar_of(ROOM | changes, address="https://wait.example/r/night", words=NullTranslations())
    assert calendar.endswith("\r\n")
    assert all(len(line.encode()) <= 75 for line in calendar.split("\r\n"))
    return calendar.replace("\r\n ", "").rstrip("\r\n").split("\r\n")


def test_lobby_and_draw_are_entries_with_an_alarm() -> None:
    """Both moments are there, in UTC, each with an alarm ten minutes before and the page's address."""
    lines = lines_of()
    assert [line for line in lines if line.startswith("DTSTART")] == [
        "DTSTART:20270116T080000Z",
        "DTSTART:20270116T090000Z",
    ]
    assert [line for line in lines if line.startswith("SUMMARY")] == [
        "SUMMARY:The lobby opens: The Night",
        "SUMMARY:The draw: The Night",
    ]
    for needed in ("BEGIN:VALARM", "TRIGGER:-PT10M", "URL:https://wait.example/r/night", "SEQUENCE:3"):
        assert lines.count(needed) == 2
    assert len({line for line in lines if line.startswith("UID:")}) == 2


def test_a_room_without_a_lobby_opens_its_line() -> None:
    """Without a lobby there is one entry; without times there is none, and the calendar is still one."""
    assert "SUMMARY:The line opens: The Night" in lines_of(lobby_at=None)
    assert lines_of(lobby_at=None, release_at=None)[-1] == "END:VCALENDAR"
    assert "BEGIN:VEVENT" not in lines_of(lobby_at=None, release_at=None)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Rock; Pop, \\o/", "Rock\\; Pop\\, \\\\o/"),
        ("Night\r\nATTENDEE:mailto:x", "Night\\nATTENDEE:mailto:x"),
        ("{name} \x07bell", "{name} bell"),
        ("夜" * 60, "夜" * 60),
    ],
)
def test_a_name_stays_a_name(name: str, written: str) -> None:
    """Whatever an organizer writes adds no line to the calendar, and no letter is cut in two by the folding."""
    assert f"SUMMARY:The draw: {written}" in lines_of(name=name)


async def test_the_calendar_is_the_same_for_everyone(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """It may be kept by caches for a minute, sets no cookie, and knows the language; an unknown room has none."""
    room = await make_room(name="The Night", lobby_at=in_minutes(60), release_at=in_minutes(120))
    answer = await client.get(f"/r/{room}/calendar.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert answer.headers["content-language"] == "en"
    assert "set-cookie" not in answer.headers
    assert answer.text.count("BEGIN:VEVENT") == 2
    assert f'href="/r/{room}/calendar.ics' in (await client.get(f"/r/{room}")).text
    assert (await client.get("/r/nowhere/calendar.ics")).status_code == 404
