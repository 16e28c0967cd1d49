"""`waitroom vendors`: who may sell at this checkout, and with which keys."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import click

from waitroom.cli.on_database import run_on_database
from waitroom.errors import ConfigurationError

if TYPE_CHECKING:
    from checkout.vendors.accounts import Vendors

T = TypeVar("T")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@click.group()
def vendors() -> None:
    """Say who may sell at this checkout, and with which keys.

    Needs WAITROOM_DATABASE_URL; the checkout has brought that database up to date when it started.
    """


@vendors.command()
@click.argument("vendor")
@click.option("--name", help="As people write it; by default VENDOR.")
def add(vendor: str, name: str | None) -> None:
    """Add VENDOR, a name of lower-case letters, digits and hyphens.

    Example: waitroom vendors add riverside --name "Riverside Concerts"
    """
    if not NAME.fullmatch(vendor):
        raise ConfigurationError(f"A vendor's name is of lower-case letters, digits and hyphens; {vendor!r} is not.")
    if _run(lambda found: found.add(vendor, name=name or vendor)) is None:
        raise ConfigurationError(f"There is a vendor {vendor!r} already.")
    click.echo(f"The vendor {vendor!r} is added. Make a key: waitroom vendors keys new {vendor}")


@vendors.command("list")
def list_vendors() -> None:
    """List all vendors."""
    for vendor in _run(lambda found: found.everyone()):
        click.echo(f"{vendor.vendor}\t{vendor.name}")


@vendors.group()
def keys() -> None:
    """Make, list and revoke the keys of a vendor."""


@keys.command()
@click.argument("vendor")
@click.option("--days", type=click.IntRange(min=1), help="The key ends by itself after so many days.")
def new(vendor: str, days: int | None) -> None:
    """Make a key for VENDOR and print it: this is the only time that it is shown.

    To rotate, make the new one, use it, and revoke the old one: all live keys work.
    """
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    key = _run(lambda found: found.make_key(vendor, expires_at=expires_at))
    if key is None:
        raise _missing(vendor)
    click.echo(key)
    click.echo("It cannot be shown again: keep it.", err=True)


@keys.command("list")
@click.argument("vendor")
def list_keys(vendor: str) -> None:
    """List the keys of VENDOR, never their secrets."""
    for key in _run(lambda found: found.keys(vendor)):
        ends = f"until {key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at else "without an end"
        state = "revoked" if key.revoked_at else ends if key.is_live else "expired"
        click.echo(f"{key.key_id}\tmade {key.created_at:%Y-%m-%d %H:%M}\t{state}")


@keys.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Revoke a key by its id, which is the part before the dot; it is refused from now on."""
    if not _run(lambda found: found.revoke_key(key_id)):
        raise ConfigurationError(f"There is no key {key_id!r}.")
    click.echo(f"The key {key_id} is revoked.")


def _missing(vendor: str) -> ConfigurationError:
    return ConfigurationError(f"There is no vendor {vendor!r}. Add it: waitroom vendors add {vendor}")


def _run(action: "Callable[[Vendors], Awaitable[T]]") -> T:
    from checkout.vendors.accounts import Vendors  # noqa: PLC0415 - a unit is imported by its own command alone

    return run_on_database(lambda database: action(Vendors(database)))
