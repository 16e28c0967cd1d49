"""`waitroom demo`: a whole on-sale on this machine; the composition root of its parts."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from waitroom.admin_keys import Role
from waitroom.cli.crowd import is_loopback
from waitroom.demo import DemoOptions, default_folder, run_demo
from waitroom.demo.options import ORGANIZER
from waitroom.errors import WaitroomError

if TYPE_CHECKING:
    from checkout.seeding import Tier

EVENT = "demo"
HIGHEST_PORT = 64_534
"""The ops port lies 1000 above, the worker's one more."""


@click.command()
@click.option(
    "--fans",
    type=click.IntRange(0, 20_000),
    default=DemoOptions.fans,
    show_default=True,
    help="Simulated fans a round.",
)
@click.option("--no-crowd", is_flag=True, help="Nobody comes but you.")
@click.option(
    "--lobby-seconds",
    type=click.IntRange(1, 3600),
    default=DemoOptions.lobby_seconds,
    show_default=True,
    help="How long the lobby is open before the draw and the release.",
)
@click.option(
    "--rate", type=click.IntRange(1, 60_000), default=DemoOptions.rate, show_default=True, help="New users a minute."
)
@click.option(
    "--ceiling",
    type=click.IntRange(1, 100_000),
    default=DemoOptions.ceiling,
    show_default=True,
    help="How many may be in the checkout at once.",
)
@click.option(
    "--seats",
    type=click.Choice(["full", "small"]),
    default="full",
    show_default=True,
    help="A stadium of 60,180 seats, or 240 seats that the crowd sells out.",
)
@click.option(
    "--host",
    default=DemoOptions.host,
    show_default=True,
    help="Where edge, console and checkout listen; the metrics stay on 127.0.0.1.",
)
@click.option(
    "--edge-port",
    type=click.IntRange(1, HIGHEST_PORT),
    default=DemoOptions.edge_port,
    show_default=True,
    help="The waiting room's port; its metrics are 1000 above.",
)
@click.option(
    "--console-port",
    type=click.IntRange(1, HIGHEST_PORT),
    default=DemoOptions.console_port,
    show_default=True,
    help="The organizer's console's port; its metrics are 1000 above.",
)
@click.option(
    "--checkout-port",
    type=click.IntRange(1, HIGHEST_PORT),
    default=DemoOptions.checkout_port,
    show_default=True,
    help="The checkout's port; its metrics are 1000 above.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Where data, keys and logs live.  [default: .demo/ and your user id, in the working folder]",
)
@click.option(
    "--pause-seconds",
    type=click.IntRange(0, 3600),
    default=DemoOptions.pause_seconds,
    show_default=True,
    help="Between a round that is over and the next.",
)
@click.option("--fresh", is_flag=True, help="Begin a fresh round even if the last is still on.")
def demo(  # noqa: PLR0913, PLR0917 - click passes each option by its name
    fans: int,
    no_crowd: bool,  # noqa: FBT001 - as above
    lobby_seconds: int,
    rate: int,
    ceiling: int,
    seats: str,
    host: str,
    edge_port: int,
    console_port: int,
    checkout_port: int,
    folder: Path | None,
    pause_seconds: int,
    fresh: bool,  # noqa: FBT001 - as above
) -> None:
    """Run a whole on-sale on this machine: open the printed address and buy a ticket.

    Starts a Valkey and a PostgreSQL of its own, puts a stadium on sale, opens the lobby of the room `demo`
    for a minute, starts the waiting room, the organizer's console and the checkout, and sends simulated fans who
    join, wait, buy, hesitate and leave beside you. Payments are a sandbox; nothing leaves this machine.

    Ctrl-C stops everything. The data stays in the folder: the next start goes on with the round, or begins
    a fresh one when the last is sold out or closed. A demo that keeps running does so by itself.
    """
    options = DemoOptions(
        folder=folder or default_folder(Path.cwd(), seats=seats),
        host=host,
        edge_port=edge_port,
        console_port=console_port,
        checkout_port=checkout_port,
        fans=0 if no_crowd else fans,
        lobby_seconds=lobby_seconds,
        rate=rate,
        ceiling=ceiling,
        pause_seconds=pause_seconds,
        is_fresh=fresh,
    )
    if options.fans and not is_loopback(urlsplit(options.edge_url).hostname or ""):
        raise click.UsageError(f"The crowd cannot come to {host}: use 0.0.0.0 instead, or add --no-crowd.")
    try:
        run_demo(options, StadiumSale(is_small=seats == "small"), OrganizersDesk())
    except WaitroomError as error:
        raise click.ClickException(str(error)) from error


@dataclass(frozen=True, kw_only=True)
class StadiumSale:
    """The checkout's part of the demo."""

    is_small: bool

    async def prepare(self, database_url: str) -> bool:
        """Bring the schema up and put the stadium on sale; False when it was there."""
        import psycopg  # noqa: PLC0415 - the checkout is imported by the composition root alone, inside the command

        from checkout.migrations import upgrade  # noqa: PLC0415
        from checkout.seeding import STADIUM, seed_stadium  # noqa: PLC0415

        upgrade(database_url)
        async with await psycopg.AsyncConnection.connect(database_url) as connection:
            tiers = self._small_hall() if self.is_small else STADIUM
            return await seed_stadium(connection, event=EVENT, room=EVENT, tiers=tiers)

    async def renew(self, database_url: str) -> None:
        """Retire the event with its orders and put it on sale anew."""
        import psycopg  # noqa: PLC0415 - as above

        from checkout.seeding import reset_event  # noqa: PLC0415

        async with await psycopg.AsyncConnection.connect(database_url) as connection:
            await reset_event(connection, EVENT)

    def _small_hall(self) -> "tuple[Tier, ...]":
        from checkout.seeding import Tier  # noqa: PLC0415 - as above

        hall = {"rows": 6, "seats_per_row": 10}
        return (
            Tier(category="floor", name="Floor", price=6_500, sections=("1", "2"), distance=10, **hall),
            Tier(category="balcony", name="Balcony", price=4_500, sections=("11", "12"), distance=60, **hall),
        )


class OrganizersDesk:
    """The console's part of the demo."""

    async def prepare(self, database_url: str, *, password: str) -> None:
        """Bring the schema up, and add the organizer; one who is there keeps the password that was chosen since."""
        from edge.console.audit import Audit  # noqa: PLC0415 - the edge is imported inside the command
        from edge.console.database import ConsoleDatabase  # noqa: PLC0415
        from edge.console.migrations import upgrade  # noqa: PLC0415
        from edge.console.people.accounts import People, PersonExistsError  # noqa: PLC0415
        from edge.console.people.passwords import Passwords  # noqa: PLC0415

        upgrade(database_url)
        database = ConsoleDatabase(database_url, name="demo", size=1)
        await database.open()
        people = People(database, Audit(database, is_logged=False))
        try:
            with suppress(PersonExistsError):
                await people.add(ORGANIZER, Role.ADMIN, who=EVENT)
            if not (await people.find(ORGANIZER)).has_password:
                await people.set_password(ORGANIZER, await Passwords().make_hash(password), who=EVENT)
        finally:
            await database.close()
