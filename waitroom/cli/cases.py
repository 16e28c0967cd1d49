"""`waitroom cases`: what no machine could settle, and what to do about it."""

import textwrap

import click

from waitroom.cli.on_database import run_on_database
from waitroom.errors import ConfigurationError


@click.group("cases")
def cases_group() -> None:
    """See which payments wait for a human, and say what was done.

    Needs WAITROOM_DATABASE_URL.
    """


@cases_group.command("list")
def list_cases() -> None:
    """List the open cases, oldest first, each with what to do."""
    from checkout.cases import Cases  # noqa: PLC0415 - the checkout is imported inside each command

    found = run_on_database(lambda database: Cases(database).open())
    for case in found:
        click.echo(f"{case.case_id}\t{case.kind}\t{case.opened_at:%Y-%m-%d %H:%M}\t{case.payment_id}\t{case.detail}")
        click.echo(textwrap.fill(case.what_to_do, 100, initial_indent="    ", subsequent_indent="    "))
    if not found:
        click.echo("Nothing waits for a human.")


@cases_group.command()
@click.argument("case_id", type=int)
@click.option("--with", "closed_with", required=True, help="What was done, for whoever reads the books.")
def close(case_id: int, closed_with: str) -> None:
    """Close a case with what was done."""
    from checkout.cases import Cases  # noqa: PLC0415 - as above

    if not run_on_database(lambda database: Cases(database).close(case_id, closed_with=closed_with)):
        raise ConfigurationError(f"There is no open case {case_id}; `waitroom cases list` shows those that are.")
    click.echo(f"Case {case_id} is closed.")


@cases_group.command()
@click.argument("case_id", type=int)
def retry(case_id: int) -> None:
    """Have the worker make the case's call to the provider again, under the same key."""
    from checkout.cases import Cases  # noqa: PLC0415 - as above

    if not run_on_database(lambda database: Cases(database).retry(case_id)):
        raise ConfigurationError(f"Case {case_id} has no call that can be made again; `waitroom cases list` says why.")
    click.echo(f"Case {case_id}: a running `waitroom worker` makes the call again.")
