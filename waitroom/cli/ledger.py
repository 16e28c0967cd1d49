"""`waitroom ledger`: the proof that seats, orders, payments and tickets agree, and the record of every change."""

import csv
import json
import sys
from typing import TYPE_CHECKING, Any

import click

from waitroom.cli.on_database import run_on_database
from waitroom.settings import Settings

if TYPE_CHECKING:
    from checkout.database import Database
    from checkout.ledger import Broken

SHOWN = 5
"""How many that break one rule are named."""
COLUMNS = ("entry_id", "at", "event", "what", "hold_id", "order_id", "payment_id", "detail")


@click.group("ledger")
def ledger_group() -> None:
    """Prove that seats, orders, payments and tickets agree, or export the record of every change.

    Needs WAITROOM_DATABASE_URL.
    """


@ledger_group.command()
@click.option("--provider", "asks_provider", is_flag=True, help="Ask the payment provider about each payment too.")
def check(asks_provider: bool) -> None:  # noqa: FBT001 - click's way
    """Check every rule; exits 1 when one is broken. Safe while a sale runs: it reads, and locks nothing."""
    broken, rules, waiting = run_on_database(lambda database: _check(database, asks_provider=asks_provider))
    for rule in rules:
        which = [found for found in broken if found.rule == rule]
        click.echo(f"{'BROKEN' if which else 'holds '}  never: {rule}")
        for found in which[:SHOWN]:
            click.echo(f"        {found.event}: {found.which}")
        if len(which) > SHOWN:
            click.echo(f"        and {len(which) - SHOWN} more")
    for row in waiting:
        click.echo(
            f"waiting {row['calls']} x {row['step']}, {row['with_a_human']} of them for a human (waitroom cases list)"
        )
    click.echo("The books agree." if not broken else f"{len(broken)} broken.")
    sys.exit(1 if broken else 0)


@ledger_group.command()
@click.option("--event", help="Only the entries of this event.")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
def export(event: str | None, form: str) -> None:
    """Write all entries to the standard output, oldest first."""
    run_on_database(lambda database: _export(database, event=event, form=form))


async def _check(database: "Database", *, asks_provider: bool) -> "tuple[list[Broken], list[str], list[Any]]":
    from checkout.ledger import Ledger  # noqa: PLC0415 - the checkout is imported inside each command
    from checkout.till import make_provider  # noqa: PLC0415 - as above

    ledger = Ledger(database)
    broken, rules = await ledger.check(), ledger.rules
    if asks_provider:
        provider = make_provider(Settings.from_env())
        await provider.open()
        broken += await ledger.check_provider(provider)
        await provider.close()
        rules = [*rules, "the provider's books say something else"]
    return broken, rules, await ledger.waiting()


async def _export(database: "Database", *, event: str | None, form: str) -> None:
    from checkout.ledger import Ledger  # noqa: PLC0415 - as above

    table = csv.writer(sys.stdout)
    if form == "csv":
        table.writerow(COLUMNS)
    async for row in Ledger(database).entries(event=event):
        values = dict(row) | {"at": row["at"].isoformat()}
        if form == "csv":
            table.writerow([*[values[name] for name in COLUMNS[:-1]], json.dumps(values["detail"])])
        else:
            click.echo(json.dumps(values))
