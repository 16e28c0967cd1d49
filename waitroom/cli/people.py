"""`waitroom people`: who may sign in to the console."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from waitroom.admin_keys import Role
from waitroom.cli.acting import who_acts
from waitroom.cli.on_database import console_database
from waitroom.errors import ConfigurationError
from waitroom.settings import Settings

if TYPE_CHECKING:
    from edge.console.people.accounts import People

T = TypeVar("T")
Command = Callable[..., Any]  # Any: click's decorators take any function
ROLE = click.Choice([role.value for role in Role])


@click.group("people")
def people_group() -> None:
    """Say who may sign in to the console.

    A viewer looks and tries plans dry, an operator rules running rooms, an admin makes and deletes rooms and says who
    may sign in. The first admin is added here; everybody else can be added in the console.

    Needs WAITROOM_DATABASE_URL, whose schema `console` is brought up to date by each of these commands.
    """


def password_options(command: Command) -> Command:
    """The options of commands that set a password."""
    for option in (
        click.option("--stdin", "is_stdin", is_flag=True, help="Read the password from standard input, one line."),
        click.option("--link", "is_link", is_flag=True, help="Print a one-time link instead, which sets a password."),
    ):
        command = option(command)
    return command


@people_group.command()
@click.argument("name")
@click.option("--role", type=ROLE, required=True, help="What the person may do.")
@click.option("--second-factor", is_flag=True, help="The person must set a second factor up before anything else.")
@password_options
def add(name: str, role: str, second_factor: bool, is_stdin: bool, is_link: bool) -> None:  # noqa: FBT001 - click's way
    """Add NAME: a word, or a mail address, in lower case.

    Without --stdin or --link the password is asked for, twice. It needs 12 characters and must not be obvious: a few
    words that do not belong together are good.

    \b
    Examples:
      waitroom people add anna --role admin
      waitroom people add otto@example.org --role operator --link --second-factor
    """
    from edge.console.people.accounts import NAME  # noqa: PLC0415 - the edge is imported inside each command

    if not NAME.fullmatch(name):
        raise ConfigurationError("A name is of lower-case letters, digits and . _ @ -, 64 at most.")
    password = None if is_link else _ask_password(name, is_stdin=is_stdin)

    async def act(people: "People") -> None:
        await people.add(name, Role(role), who=who_acts(), requires_second_factor=second_factor)

    _on_people(act)
    _set_password(name, password)


@people_group.command("list")
def list_people() -> None:
    """List everybody: name, role, second factor, last sign-in, and what stands in the way of the next."""
    for person in _on_people(lambda people: people.everyone()):
        seen = f"{person.signed_in_at:%Y-%m-%d %H:%M}" if person.signed_in_at else "never"
        second = "second factor" if person.has_second_factor else "-"
        notes = {
            "disabled": person.is_disabled,
            "no password yet": not person.has_password,
            "must set a second factor up": person.requires_second_factor and not person.has_second_factor,
        }
        told = ", ".join(note for note, is_so in notes.items() if is_so) or "-"
        click.echo(f"{person.name}\t{person.role.value}\t{second}\tsigned in {seen}\t{told}")


@people_group.command()
@click.argument("name")
@click.option("--second-factor", is_flag=True, help="Take the second factor away as well: the app is lost.")
@password_options
def reset(name: str, second_factor: bool, is_stdin: bool, is_link: bool) -> None:  # noqa: FBT001 - as above
    """Set another password for NAME, who is signed out everywhere.

    With --link the old password is good until the link is used.
    """
    password = None if is_link else _ask_password(name, is_stdin=is_stdin)
    if second_factor:
        _on_people(lambda people: people.drop_second_factor(name, who=who_acts()))
    _set_password(name, password)


@people_group.command()
@click.argument("name")
def unlock(name: str) -> None:
    """Forget the failed sign-ins of NAME, who then need not wait."""
    _on_people(lambda people: people.unlock(name, who=who_acts()))
    click.echo(f"{name} may try again.")


@people_group.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove NAME, who is signed out at once; what the audit says of NAME stays."""
    _on_people(lambda people: people.remove(name, who=who_acts()))
    click.echo(f"{name} is removed.")


def _ask_password(name: str, *, is_stdin: bool) -> str:
    from edge.console.people.passwords import complaint_about  # noqa: PLC0415 - as above

    if is_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    complaint = complaint_about(password, known=[name])
    if complaint is not None:
        raise ConfigurationError(f"The password {complaint}.")
    return password


def _set_password(name: str, password: str | None) -> None:
    from edge.console.people.passwords import Passwords  # noqa: PLC0415 - as above

    async def act(people: "People") -> str:
        if password is None:
            link = await people.make_link(name, who=who_acts())
            address = f"{Settings.from_env().console_url}/welcome#{link.token}"
            return f"{address}\nGood once, until {link.ends_at:%Y-%m-%d %H:%M} UTC: send it to {name} alone."
        await people.set_password(name, await Passwords().make_hash(password), who=who_acts())
        return f"{name} can sign in at {Settings.from_env().console_url}."

    click.echo(_on_people(act))


def _on_people(action: "Callable[[People], Awaitable[T]]") -> T:
    from edge.console.audit import Audit  # noqa: PLC0415 - as above
    from edge.console.migrations import upgrade  # noqa: PLC0415
    from edge.console.people.accounts import People  # noqa: PLC0415

    upgrade(Settings.from_env().database_url.get_secret_value())

    async def connected() -> T:
        async with console_database() as database:
            return await action(People(database, Audit(database, is_logged=False)))

    return asyncio.run(connected())
