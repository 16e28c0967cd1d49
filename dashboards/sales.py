"""Are seats becoming orders."""

from dashboards.panels import EVENT, HALF, QUARTER, ROOM, Line, Panel, Unit, never, plot, rate_of, spread

TITLE = "Are seats becoming orders?"


def panels() -> list[Panel]:
    """The panels of this row, in their order."""
    return [
        what_is_left(),
        what_do_buyers_get(),
        is_any_seat_sold_twice(),
        who_gets_in(),
        who_is_refused(),
        who_got_in_unconfirmed(),
        what_is_held(),
        why_are_holds_refused(),
        how_long_does_buying_take(),
        what_waits_for_a_human(),
        what_does_the_provider_tell(),
        which_vendors_keys_are_refused(),
    ]


def what_is_left() -> Panel:
    """Seats by state."""
    return plot(
        "How many seats are free, held and sold?",
        "As the database says.",
        Line(f"max by (event, state) (waitroom_event_seats{{{EVENT}}})", "{{event}} {{state}}"),
        width=HALF,
    )


def what_do_buyers_get() -> Panel:
    """Orders a second by what became of them."""
    return plot(
        "What becomes of orders?",
        "Orders a second by the state in which they were answered.",
        Line(rate_of("waitroom_orders_settled_total", EVENT, "event", "status"), "{{event}} {{status}}"),
        unit=Unit.PER_SECOND,
        width=HALF,
    )


def is_any_seat_sold_twice() -> Panel:
    """The second promise."""
    return never(
        "Is any seat sold twice?",
        "Seats with two live tickets, counted in the database.",
        Line(f"max by (event) (waitroom_event_double_sales{{{EVENT}}})", "{{event}}"),
    )


def who_gets_in() -> Panel:
    """Sessions opened a second."""
    return plot(
        "How many fans come in to buy?",
        "Sessions opened a second.",
        Line(rate_of("waitroom_sessions_opened_total", ROOM, "room"), "{{room}}"),
        unit=Unit.PER_SECOND,
        width=QUARTER,
    )


def who_is_refused() -> Panel:
    """Admission tokens refused a second by reason."""
    return plot(
        "Whose admission is refused, and why?",
        "Spent ones are shared links and impatient reloads; forged ones are an attack, or keys that differ.",
        Line(rate_of("waitroom_admissions_refused_total", ROOM, "room", "reason"), "{{room}} {{reason}}"),
        unit=Unit.PER_SECOND,
        width=QUARTER,
    )


def who_got_in_unconfirmed() -> Panel:
    """Sessions opened while the room was away."""
    return plot(
        "Who came in while the room was away?",
        "Sessions opened on the checkout's own record alone, since the room did not answer.",
        Line(f"sum by (room) (waitroom_sessions_unconfirmed_total{{{ROOM}}})", "{{room}}"),
        width=QUARTER,
    )


def what_is_held() -> Panel:
    """Holds and held seats a second."""
    return plot(
        "How many seats go on hold?",
        "Holds placed a second, and the seats in them.",
        Line(rate_of("waitroom_holds_placed_total", EVENT, "event"), "{{event}} holds"),
        Line(rate_of("waitroom_seats_held_total", EVENT, "event"), "{{event}} seats"),
        unit=Unit.PER_SECOND,
        width=QUARTER,
    )


def why_are_holds_refused() -> Panel:
    """Refused holds a second by reason."""
    return plot(
        "Why are holds refused?",
        "Seats that others hold are the rule in a rush; sold out is the end of it.",
        Line(rate_of("waitroom_holds_refused_total", EVENT, "event", "reason"), "{{event}} {{reason}}"),
        unit=Unit.PER_SECOND,
        width=QUARTER,
    )


def how_long_does_buying_take() -> Panel:
    """From an order to its answer."""
    return spread(
        "How long does an order take?",
        "From the order to its answer, the payment provider included.",
        rate_of("waitroom_purchase_seconds_bucket", EVENT, "le"),
        width=QUARTER,
    )


def what_waits_for_a_human() -> Panel:
    """Open cases, and calls to the provider that nobody makes."""
    return plot(
        "Do payments wait for somebody?",
        "Cases are for a human (`waitroom cases list`). Seconds overdue: calls to the payment provider that are due "
        "and that no worker makes.",
        Line("max by (kind) (waitroom_cases_open)", "{{kind}}"),
        Line("max(waitroom_payments_overdue_seconds)", "seconds overdue"),
        width=QUARTER,
    )


def what_does_the_provider_tell() -> Panel:
    """Webhooks of the payment provider a second, by what they were to us."""
    return plot(
        "What does the payment provider tell?",
        "Known ones came before; unknown ones are about nothing of ours; refused ones bear a wrong signature: a wrong "
        "secret, or somebody who tries.",
        Line(rate_of("waitroom_provider_events_total", "", "outcome"), "{{outcome}}"),
        unit=Unit.PER_SECOND,
        width=HALF,
    )


def which_vendors_keys_are_refused() -> Panel:
    """Calls of vendors refused for their key, a second."""
    return plot(
        "Are vendors' keys refused?",
        "Wrong ones are a key that was revoked or has ended, or somebody who guesses; slowed ones are guesses.",
        Line(rate_of("waitroom_vendor_keys_refused_total", "", "reason"), "{{reason}}"),
        unit=Unit.PER_SECOND,
        width=HALF,
    )
