"""Is the console in the right hands."""

from dashboards.panels import HALF, Line, Panel, plot

TITLE = "Is the console in the right hands?"


def panels() -> list[Panel]:
    """The panels of this row, in their order."""
    return [
        do_people_get_in(),
        does_anybody_guess(),
    ]


def do_people_get_in() -> Panel:
    """Sign-ins in five minutes, done and half done."""
    return plot(
        "Who signs in to the console?",
        "Sign-ins in five minutes; `code-asked` were asked for the code of their app.",
        Line(sign_ins("signed-in|code-asked"), "{{outcome}}"),
        width=HALF,
    )


def does_anybody_guess() -> Panel:
    """Sign-ins in five minutes that failed, by outcome."""
    return plot(
        "Does anybody guess passwords?",
        "Failed sign-ins in five minutes; `code-wrong` knew the password, `slowed` had to wait and was not looked at.",
        Line(sign_ins("wrong|code-wrong|slowed"), "{{outcome}}"),
        width=HALF,
    )


def sign_ins(outcomes: str) -> str:
    """Write how many tries to sign in had one of these outcomes within five minutes, over all consoles."""
    return f'sum by (outcome) (increase(waitroom_sign_ins_total{{outcome=~"{outcomes}"}}[5m]))'
