"""`waitroom keys`: make the secrets of a deployment."""

import secrets

import click

from waitroom.admin_keys import Role
from waitroom.clock import SystemClock, rfc3339
from waitroom.tokens import encode_base64url


@click.group()
def keys() -> None:
    """Make the secrets of a deployment."""


@keys.command()
@click.option("--key-id", default=None, help="Name of the new keys; by default today's date and time.")
def new(key_id: str | None) -> None:
    """Print a new key for the ring, a new Ed25519 signing key and a new key for the console.

    Put a new key in front of those in use and leave the old ones behind it until every room made with them is
    over: the newest signs, all verify. A file named by WAITROOM_KEYS_FILE is read again when it changes. The console's
    keys are name:role:secret, with the roles viewer, operator and admin; give everybody one of their own.
    """
    name = key_id or rfc3339(SystemClock().now_ms())[:19].replace(":", "").replace("-", "").lower()
    click.echo(f"WAITROOM_KEYS={name}:{secrets.token_urlsafe(32)}")
    click.echo(f"WAITROOM_ADMIN_KEYS=admin:{Role.ADMIN}:{secrets.token_urlsafe(32)}")
    click.echo(f"WAITROOM_SIGNING_KEYS={name}:{encode_base64url(secrets.token_bytes(32))}")
