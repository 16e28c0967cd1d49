"""Is the room keeping its promise: one turn a fan, the rate, the ceiling."""

from dashboards.panels import HALF, QUARTER, ROOM, Line, Panel, Unit, never, plot, rate_of

TITLE = "Is the room keeping its promise?"


def panels() -> list[Panel]:
    """The panels of this row, in their order."""
    return [
        has_any_fan_two_turns(),
        is_every_fan_accounted_for(),
        are_turns_being_given(),
        how_many_take_their_turn(),
        do_entries_keep_to_the_rate(),
        do_slots_keep_to_the_ceiling(),
        is_the_rate_lowered(),
        why_was_the_rate_cut(),
        who_gives_the_turns(),
        what_became_of_the_turns(),
    ]


def total(event: str, selector: str = ROOM) -> str:
    """One total of each edge's snapshot."""
    where = _where(selector, f'event="{event}"')
    return f"sum without (event) (waitroom_room_total{{{where}}})"


def fans(states: str, selector: str = ROOM) -> str:
    """The fans of each edge's snapshot who are in one of these states."""
    where = _where(selector, f'state=~"{states}"')
    return f"sum without (state) (waitroom_room_fans{{{where}}})"


def turns_beyond_fans(selector: str = ROOM) -> str:
    """Write how many more turns were given than fans have left the line: above zero, somebody had two.

    All terms come from one snapshot, so the difference is exact at every scrape.
    """
    terms = f"{total('given', selector)} + {fans('lobby|waiting', selector)} - {total('joined', selector)}"
    return f"max by (room) ({terms})"


def unaccounted_fans(selector: str = ROOM) -> str:
    """Write how many fans who joined are nowhere, or in two places: the sum over all states differs from the joins."""
    over = 'event=~"finished|left|lapsed|expired"'
    ended = f"sum without (event) (waitroom_room_total{{{_where(selector, over)}}})"
    terms = f"{total('joined', selector)} - {fans('lobby|waiting|admitted|active', selector)} - {ended}"
    return f"abs({terms})"


def has_any_fan_two_turns() -> Panel:
    """The first promise."""
    return never(
        "Has any fan had two turns?",
        "Turns given beyond the fans who have left the line; below zero are fans who left without a turn.",
        Line(f"clamp_min({turns_beyond_fans()}, 0)", "{{room}}"),
    )


def is_every_fan_accounted_for() -> Panel:
    """Nobody is lost."""
    return never(
        "Is any fan lost?",
        "Fans who joined and are in no state, or in two. While a draw runs, fans who leave count twice.",
        Line(f"max by (room) ({unaccounted_fans()})", "{{room}}"),
    )


def are_turns_being_given() -> Panel:
    """Whether the room is open, not paused and not sold out."""
    return plot(
        "May turns be given now?",
        "1 while the room is open, not paused and not sold out.",
        Line(f"max by (room) (waitroom_room_admitting{{{ROOM}}})", "{{room}}"),
        width=QUARTER,
    )


def how_many_take_their_turn() -> Panel:
    """The share of turns that were claimed."""
    claimed, given = (f'max by (room) (waitroom_room_total{{{ROOM},event="{e}"}})' for e in ("claimed", "given"))
    return plot(
        "What share of the turns is taken?",
        "Claims to turns, over the whole room; turns of the last claim window are still out.",
        Line(f"{claimed} / ({given} > 0)", "{{room}}"),
        unit=Unit.SHARE,
        width=QUARTER,
    )


def do_entries_keep_to_the_rate() -> Panel:
    """Entries in ten seconds and what is due in them."""
    entered = f'waitroom_room_total{{{ROOM},event="entered"}}'
    rate = f"max by (room) (waitroom_room_rate_per_minute{{{ROOM}}})"
    return plot(
        "Do entries keep to the rate?",
        "Entries in ten seconds, and what is due in ten seconds plus one second's worth. Moments of entry never exceed "
        "it; fans who dawdle after theirs may bunch a little above.",
        Line(f"max by (room) ({entered} - {entered} offset 10s)", "{{room}} entries"),
        Line(f"{rate} * 10 / 60 + clamp_min({rate} / 60, 1)", "{{room}} due"),
        width=HALF,
    )


def do_slots_keep_to_the_ceiling() -> Panel:
    """Active fans and the ceiling."""
    return plot(
        "Do active fans keep to the ceiling?",
        "Fans with a slot, and the configured most. A ceiling that is lowered is reached as sessions end.",
        Line(f'max by (room) (waitroom_room_fans{{{ROOM},state="active"}})', "{{room}} active"),
        Line(f"max by (room) (waitroom_room_ceiling{{{ROOM}}})", "{{room}} ceiling"),
        width=HALF,
    )


def is_the_rate_lowered() -> Panel:
    """The governor's factor."""
    return plot(
        "Which part of the planned rate is in force?",
        "1 while the checkout is well; the governor lowers it while the checkout suffers, and brings it back.",
        Line(f"min by (room) (waitroom_room_governor_factor{{{ROOM}}})", "{{room}}"),
        unit=Unit.SHARE,
        width=HALF,
    )


def why_was_the_rate_cut() -> Panel:
    """The governor's cuts by reason."""
    return plot(
        "Why was the rate cut?",
        "The governor's cuts since the edges began. A cut is made once, by whichever edge proposes it first.",
        Line(f"sum by (room, reason) (waitroom_rate_cuts_total{{{ROOM}}})", "{{room}} {{reason}}"),
        width=HALF,
    )


def who_gives_the_turns() -> Panel:
    """Turns a second by edge."""
    return plot(
        "Which edge gives the turns?",
        "Any may; an edge that stops leaves its part to the others.",
        Line(rate_of("waitroom_turns_given_total", ROOM, "room", "instance"), "{{room}} {{instance}}"),
        unit=Unit.PER_SECOND,
        width=HALF,
    )


def what_became_of_the_turns() -> Panel:
    """Totals since the room was made."""
    return plot(
        "What became of the turns?",
        "Totals since the room was made.",
        Line(f"max by (room, event) (waitroom_room_total{{{ROOM}}})", "{{room}} {{event}}"),
        width=HALF,
    )


def _where(*matchers: str) -> str:
    return ",".join(matcher for matcher in matchers if matcher)
