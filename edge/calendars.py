"""The room's times for a fan's calendar: the lobby and the draw, each with an alarm (RFC 5545)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from gettext import NullTranslations
from typing import Any

from waitroom.clock import parse_rfc3339

MEDIA_TYPE = "text/calendar; charset=utf-8"
MOST_OCTETS = 75
"""Of a line, its end not counted; what is longer is folded."""
MINUTES_BEFORE = 10
MINUTES_LONG = 15
Json = dict[str, Any]  # Any: JSON values


def calendar_of(snapshot: Json, *, address: str, words: NullTranslations) -> str:
    """Write the calendar of a room; `address` is its page, which each entry names. A room without times has none."""
    _ = words.gettext
    opens, closes = snapshot["lobby_at"], snapshot["lobby_closes_at"] or snapshot["release_at"]
    # Without a lobby there is no draw: the line opens at the release.
    draws = _("The draw: {name}") if opens else _("The line opens: {name}")
    moments = (("lobby", opens, _("The lobby opens: {name}")), ("draw", closes, draws))
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//waitroom//waiting room//EN", "CALSCALE:GREGORIAN"]
    for kind, time, title in moments:
        if time is not None:
            # Not by `format`: braces in a room's name are the organizer's.
            said = title.replace("{name}", snapshot["name"])
            lines += _event(f"{snapshot['epoch']}-{kind}", time, said, snapshot=snapshot, address=address)
    lines.append("END:VCALENDAR")
    return "".join(part + "\r\n" for line in lines for part in _folded(line))


def _event(uid: str, time: str, title: str, *, snapshot: Json, address: str) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}@waitroom",
        # The entry was last changed with the room: its version counts, and the time only has to be one.
        f"SEQUENCE:{snapshot['version']}",
        f"DTSTAMP:{_moment(snapshot['now'])}",
        f"DTSTART:{_moment(time)}",
        f"DURATION:PT{MINUTES_LONG}M",
        f"SUMMARY:{_text(title)}",
        f"DESCRIPTION:{_text(address)}",
        f"URL:{address}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(title)}",
        f"TRIGGER:-PT{MINUTES_BEFORE}M",
        "END:VALARM",
        "END:VEVENT",
    ]


def _moment(time: str) -> str:
    return f"{datetime.fromtimestamp(parse_rfc3339(time) / 1000, UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    # What controls a terminal or ends a line has no place in an entry.
    return "".join(letter for letter in escaped if letter.isprintable())


def _folded(line: str) -> Iterator[str]:
    """Cut a line into parts of at most 75 octets, between letters; each further part begins with a space."""
    part = ""
    for letter in line:
        if len((part + letter).encode()) > MOST_OCTETS:
            yield part
            part = " "
        part += letter
    yield part
