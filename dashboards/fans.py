"""What fans feel: one function a panel, named for its question."""

from dashboards.panels import HALF, QUARTER, ROOM, Line, Panel, Unit, plot, rate_of, spread

TITLE = "What fans feel"


def panels() -> list[Panel]:
    """The panels of this row, in their order."""
    return [
        where_are_they(),
        how_fast_does_the_line_move(),
        how_long_did_they_wait(),
        how_old_is_what_they_see(),
        are_they_let_in_line(),
        what_do_claims_get(),
        how_often_do_they_look(),
        who_gives_up(),
        whose_pass_is_refused(),
        whose_code_is_refused(),
        what_else_do_fans_ask_for(),
        who_goes_in_without_the_store(),
    ]


def where_are_they() -> Panel:
    """Fans by state."""
    return plot(
        "How many fans are where?",
        "As the snapshot says: the same on every edge, so the maximum over edges and never the sum.",
        Line(f"max by (room, state) (waitroom_room_fans{{{ROOM}}})", "{{room}} {{state}}"),
        width=HALF,
    )


def how_fast_does_the_line_move() -> Panel:
    """Turns a minute, measured and configured."""
    return plot(
        "How fast does the line move?",
        "Turns a minute as measured, beside the configured new users a minute. Turns run ahead of the rate by "
        "as much as fans let theirs lapse; entries do not.",
        Line(f"max by (room) (waitroom_room_measured_per_minute{{{ROOM}}})", "{{room}} measured"),
        Line(f"max by (room) (waitroom_room_rate_per_minute{{{ROOM}}})", "{{room}} configured"),
        unit=Unit.PER_MINUTE,
        width=HALF,
    )


def how_long_did_they_wait() -> Panel:
    """From joining to the turn."""
    return spread(
        "How long did fans wait for their turn?",
        "From joining to the turn, of the fans who claim in this moment.",
        rate_of("waitroom_waited_seconds_bucket", ROOM, "le"),
    )


def how_old_is_what_they_see() -> Panel:
    """The age of the served snapshot."""
    return plot(
        "How old is what fans see?",
        "The age of the snapshot on the edge that is furthest behind; a cache before the edge adds a second.",
        Line(f"max by (room, instance) (waitroom_snapshot_age_seconds{{{ROOM}}})", "{{room}} {{instance}}"),
        unit=Unit.SECONDS,
    )


def are_they_let_in_line() -> Panel:
    """Joins a second by the state they were answered with."""
    return plot(
        "How many fans join, and what are they told?",
        "Joins answered a second, by the state that the fan was then in.",
        Line(rate_of("waitroom_joins_total", ROOM, "room", "state"), "{{room}} {{state}}"),
        unit=Unit.PER_SECOND,
    )


def what_do_claims_get() -> Panel:
    """Claims a second by outcome."""
    return plot(
        "What do fans get who claim their turn?",
        "Claims answered a second by outcome, repeats included. `waiting` is a full ceiling, or a fan who asked early.",
        Line(rate_of("waitroom_claims_total", ROOM, "room", "outcome"), "{{room}} {{outcome}}"),
        unit=Unit.PER_SECOND,
        width=QUARTER,
    )


def how_often_do_they_look() -> Panel:
    """Snapshots a second that reached an edge."""
    return plot(
        "How many looks reach the edge?",
        "Snapshots served a second. Behind a cache this is one a second and room at most, however many wait.",
        Line(rate_of("waitroom_snapshots_served_total", ROOM, "room", "instance"), "{{room}} {{instance}}"),
        unit=Unit.PER_SECOND,
        width=QUARTER,
    )


def who_gives_up() -> Panel:
    """Places given up a second."""
    return plot(
        "How many fans give up their place?",
        "Fans a second who left by their own act.",
        Line(rate_of("waitroom_leaves_total", ROOM, "room"), "{{room}}"),
        unit=Unit.PER_SECOND,
        width=QUARTER,
    )


def whose_pass_is_refused() -> Panel:
    """Refused passes a second by reason."""
    return plot(
        "Whose pass is refused, and why?",
        "A few of another epoch are old tabs. Many forged ones are an attack, or edges with different keys.",
        Line(rate_of("waitroom_passes_refused_total", "", "reason"), "{{reason}}"),
        unit=Unit.PER_SECOND,
        width=QUARTER,
    )


def whose_code_is_refused() -> Panel:
    """Joins refused for want of a right code, by reason."""
    return plot(
        "Whose presale code is refused, and why?",
        "Joins a second. Many unknown ones are somebody guessing; `slowed` are those who had to wait for it.",
        Line(rate_of("waitroom_codes_refused_total", ROOM, "room", "why"), "{{room}} {{why}}"),
        unit=Unit.PER_SECOND,
    )


def who_goes_in_without_the_store() -> Panel:
    """Fans whom the edges let in while the store was away, by policy."""
    return plot(
        "Who is let in while the store is away?",
        "Fans since the edges started, by the room's outage policy. The ceiling does not bind them.",
        Line(f"sum by (room, policy) (waitroom_outage_admissions_total{{{ROOM}}})", "{{room}} {{policy}}"),
    )


def what_else_do_fans_ask_for() -> Panel:
    """Moves to another device, more time, support codes."""
    return plot(
        "What else do fans ask for?",
        "Answers a second: places offered to another device and taken over there, more time, support codes. Many "
        "refused codes are somebody guessing; `slowed` are those who had to wait for it.",
        Line(rate_of("waitroom_fan_calls_total", ROOM, "room", "call"), "{{room}} {{call}}"),
        unit=Unit.PER_SECOND,
    )
