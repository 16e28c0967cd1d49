"""Is Redis or PostgreSQL the limit."""

from dashboards.panels import HALF, ROOM, Line, Panel, Unit, plot, quantile, rate_of

TITLE = "Is a store the limit?"


def panels() -> list[Panel]:
    """The panels of this row, in their order."""
    return [
        how_long_do_scripts_take(),
        does_the_store_answer(),
        is_the_store_spared(),
        has_the_store_lost_anything(),
        are_rooms_kept_on_disk(),
        do_joins_share_calls(),
        are_there_connections(),
        which_pages_are_slow(),
        does_the_room_answer(),
        does_the_beacon_answer(),
        does_a_draw_wait(),
    ]


def how_long_do_scripts_take() -> Panel:
    """The 99th percentile of script calls, by script."""
    return plot(
        "How long do the queue's scripts take?",
        "99 of 100 calls are answered within this time, the way there and back included.",
        Line(quantile(0.99, "waitroom_script_seconds", "", "script"), "{{script}}"),
        unit=Unit.SECONDS,
    )


def does_the_store_answer() -> Panel:
    """Script calls without an answer."""
    return plot(
        "Does the queue's store answer?",
        "Calls that failed, since the edge started.",
        Line("sum by (script) (waitroom_store_errors_total)", "{{script}}"),
    )


def is_the_store_spared() -> Panel:
    """Open circuits, by edge."""
    return plot(
        "Is the queue's store being spared?",
        "Parts of the store that an edge has given up for a moment: a server alone is one part, a cluster's node too.",
        Line("max by (instance) (waitroom_store_circuits_open)", "{{instance}}"),
    )


def has_the_store_lost_anything() -> Panel:
    """Rooms that edges have put back, and the fans who came back to them."""
    return plot(
        "Has the store lost anything?",
        "Rooms that edges put back, since they started, and fans put back by their passes or their tokens.",
        Line(f"sum by (room) (waitroom_rooms_restored_total{{{ROOM}}})", "{{room}} put back"),
        Line(f'max by (room) (waitroom_room_total{{{ROOM},event="restored"}})', "{{room}} fans put back"),
    )


def are_rooms_kept_on_disk() -> Panel:
    """Writes to the state folder that failed."""
    return plot(
        "Are rooms kept on disk?",
        "Times an edge could not use its state folder, since it started: its rooms are then in its memory alone.",
        Line("sum by (instance) (waitroom_state_writes_failed_total)", "{{instance}}"),
    )


def do_joins_share_calls() -> Panel:
    """Fans a join call."""
    fans = rate_of("waitroom_join_batch_fans_sum", ROOM, "room")
    calls = rate_of("waitroom_join_batch_fans_count", ROOM, "room")
    return plot(
        "How many joins share a call?",
        "Fans a call, on average: it rises by itself when the store is the limit.",
        Line(f"{fans} / ({calls} > 0)", "{{room}}"),
    )


def are_there_connections() -> Panel:
    """The pools of database connections."""
    return plot(
        "Are there database connections left?",
        "By state, over all checkouts; `waiting` are requests without one.",
        Line("sum by (state) (waitroom_database_pool)", "{{state}}"),
    )


def which_pages_are_slow() -> Panel:
    """The 95th percentile of the checkout's requests, by route."""
    return plot(
        "Which calls of the checkout are slow?",
        "95 of 100 requests are answered within this time.",
        Line(quantile(0.95, "waitroom_checkout_request_seconds", "", "route"), "{{route}}"),
        unit=Unit.SECONDS,
    )


def does_the_room_answer() -> Panel:
    """Calls from the checkout to the room without an answer."""
    return plot(
        "Does the room answer the checkout?",
        "Calls that failed, since the checkout started.",
        Line("sum by (verb) (waitroom_room_calls_failed_total)", "{{verb}}"),
    )


def does_the_beacon_answer() -> Panel:
    """What beacons answered, by outcome."""
    return plot(
        "Does the beacon answer?",
        "Rounds that were asked for, since the edges started: late is no answer yet, wrong is no such answer.",
        Line("sum by (outcome) (waitroom_beacon_asked_total)", "{{outcome}}"),
        width=HALF,
    )


def does_a_draw_wait() -> Panel:
    """How long a draw has waited for its beacon beyond the round's time."""
    return plot(
        "Does a draw wait for its beacon?",
        "Time since the round was due; the line is not drawn before it has come, or the organizer goes on without it.",
        Line("max by (room) (waitroom_room_beacon_overdue_seconds)", "{{room}}"),
        unit=Unit.SECONDS,
        width=HALF,
    )
