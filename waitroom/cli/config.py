"""`waitroom config`: look at the settings before the night."""

from collections.abc import Callable

import click

from waitroom.errors import ConfigurationError
from waitroom.settings import PREFIX, Payments, Settings
from waitroom.store_address import StoreAddress


@click.group()
def config() -> None:
    """Look at the settings."""


@config.command()
def check() -> None:
    """Name what is wrong with the settings, and exit with 2 if anything is.

    Nothing is connected to, and no secret is printed.
    """
    settings = Settings.from_env()
    complaints = find_complaints(settings)
    if complaints:
        raise ConfigurationError("\n".join(complaints))
    click.echo("The settings can be used:")
    for name in sorted(Settings.model_fields):
        click.echo(f"  {PREFIX}{name.upper()} = {describe(settings, name)}")


def find_complaints(settings: Settings) -> list[str]:
    """Everything that is wrong beyond each field's own form."""
    complaints = []
    readers: list[Callable[[], object]] = [settings.key_source, settings.signing]
    if settings.admin_keys is not None:
        readers.append(settings.admin)
    if settings.payments is Payments.STRIPE:
        readers.append(settings.stripe)
    for read in readers:
        try:
            read()
        except ConfigurationError as wrong:
            complaints.append(str(wrong))
    if settings.public_url.startswith("https://") != settings.checkout_url.startswith("https://"):
        complaints.append(f"{PREFIX}PUBLIC_URL and {PREFIX}CHECKOUT_URL must both be HTTPS, or neither.")
    return complaints


def describe(settings: Settings, name: str) -> str:
    """A setting's value as it may be shown."""
    value = getattr(settings, name)
    if value is None or value == ():
        return "(not set)"
    return str(StoreAddress.parse(value)) if name == "redis_url" else str(value)
