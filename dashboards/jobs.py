"""Are jobs being done."""

from dashboards.panels import HALF, QUARTER, Line, Panel, Unit, plot, quantile, rate_of

TITLE = "Are jobs being done?"


def panels() -> list[Panel]:
    """The panels of this row, in their order."""
    return [
        which_jobs_wait(),
        are_jobs_late(),
        what_becomes_of_jobs(),
        how_long_do_jobs_take(),
        are_buyers_told(),
        do_vendors_answer(),
    ]


def which_jobs_wait() -> Panel:
    """Jobs in the outbox, by state."""
    return plot(
        "Which jobs wait?",
        "Later: they wait for their next try, or were meant for later. Failed: given up, and a human's now.",
        Line("max by (task, state) (waitroom_jobs)", "{{task}} {{state}}"),
        width=QUARTER,
    )


def are_jobs_late() -> Panel:
    """For how long the oldest due job has waited."""
    return plot(
        "Are jobs late?",
        "For how long the oldest job that could be run has waited: workers are missing, or too busy.",
        Line("max by (task) (waitroom_jobs_oldest_due_seconds)", "{{task}}"),
        unit=Unit.SECONDS,
        width=QUARTER,
    )


def what_becomes_of_jobs() -> Panel:
    """Jobs run a second, by outcome."""
    return plot(
        "What becomes of jobs?",
        "Jobs a second. Retried: the outside world was away, and they come back; failed: given up.",
        Line(rate_of("waitroom_jobs_run_total", "", "task", "outcome"), "{{task}} {{outcome}}"),
        unit=Unit.PER_SECOND,
        width=QUARTER,
    )


def how_long_do_jobs_take() -> Panel:
    """The 95th percentile of jobs, by task."""
    return plot(
        "How long do jobs take?",
        "95 of 100 jobs end within this time.",
        Line(quantile(0.95, "waitroom_job_seconds", "", "task"), "{{task}}"),
        unit=Unit.SECONDS,
        width=QUARTER,
    )


def are_buyers_told() -> Panel:
    """Notices settled a second, by kind and state."""
    return plot(
        "Are buyers told?",
        "Notices a second. Moot: no longer true when its time came; refused: the address takes no mail.",
        Line(rate_of("waitroom_notices_settled_total", "", "kind", "state"), "{{kind}} {{state}}"),
        unit=Unit.PER_SECOND,
        width=HALF,
    )


def do_vendors_answer() -> Panel:
    """Calls to vendors' endpoints a second, by what came of them."""
    return plot(
        "Do vendors' endpoints answer?",
        "Calls a second. Retried: they come back for a day; failed: given up, or the endpoint is disabled.",
        Line(rate_of("waitroom_webhooks_tried_total", "", "state"), "{{state}}"),
        unit=Unit.PER_SECOND,
        width=HALF,
    )
