"""`waitroom notices`: what buyers were told, what was not sent and why, and how to have it sent after all."""

import click

from waitroom.cli.on_database import run_on_database

STATES = ("waiting", "sent", "moot", "refused", "unsent")


@click.group()
def notices() -> None:
    """See what buyers were told, and what was not sent."""


@notices.command("list")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="Only these.  [default: all]")
@click.option("--most", type=click.IntRange(1, 100_000), default=100, show_default=True, help="The newest so many.")
def list_(states: tuple[str, ...], most: int) -> None:
    """List notices, the newest first, one a line: id, time, kind, state, order, last failure.

    waiting: on its way, or put off since the mail server is away. moot: no longer true when its time came.
    refused: the mail server will not take it. unsent: there is no mail server.
    """
    from checkout.notices import list_notices  # noqa: PLC0415 - the checkout is imported inside each command

    found = run_on_database(lambda database: list_notices(database, states=list(states or STATES), most=most))
    for row in found:
        at = f"{row['made_at']:%Y-%m-%d %H:%M:%S}"
        click.echo(
            f"{row['notice_id']}\t{at}\t{row['kind']}\t{row['state']}\t{row['order_id']}\t{row['failure'] or ''}"
        )


@notices.command()
@click.argument("notice", type=int, required=False)
@click.option("--all", "is_all", is_flag=True, help="Every notice that is unsent or was refused.")
def send(notice: int | None, is_all: bool) -> None:  # noqa: FBT001 - click's way
    """Have NOTICE, or with --all every notice that is unsent or was refused, sent after all."""
    from checkout.notices import release_notices  # noqa: PLC0415 - as above

    if (notice is None) != is_all:
        raise click.UsageError("Name one notice, or use --all.")
    count = run_on_database(lambda database: release_notices(database, notice_id=notice))
    if notice is not None and not count:
        raise click.ClickException(f"No notice {notice} is unsent or was refused.")
    click.echo(f"{count} to be sent.")
