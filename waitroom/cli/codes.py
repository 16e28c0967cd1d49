"""`waitroom rooms codes`: make presale codes, take over a list, count what is left."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TextIO

import click

from waitroom.cli.acting import run_on_queue, who_acts
from waitroom.errors import ConfigurationError
from waitroom.queue import count_codes, keep_codes, make_codes
from waitroom.settings import Settings
from waitroom.tokens import KeySource

OWNER_ALONE = 0o600


@click.group()
def codes() -> None:
    """Make presale codes, take over a list, count what is left.

    Codes count in a room that is made with, or set to, --codes required or --codes optional.
    """


def terms(command: Callable[..., Any]) -> Callable[..., Any]:  # Any: click's decorators take any function
    """What a code gives."""
    for option in (
        click.option(
            "--uses", type=click.IntRange(min=0), default=1, show_default=True, help="Of each code; 0 for any number."
        ),
        click.option(
            "--tier", type=click.IntRange(0, 7), default=0, show_default=True, help="Of its fans; lower goes first."
        ),
    ):
        command = option(command)
    return command


@codes.command()
@click.argument("room")
@click.option("--count", type=click.IntRange(min=1), help="How many random codes.")
@click.option("--code", help="A word of your own instead, at least 8 letters and digits.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A new file for the codes, one a line.")
@terms
def make(*, room: str, count: int | None, code: str | None, out: Path | None, tier: int, uses: int) -> None:
    """Make presale codes for ROOM and print them: this is the only time that they are shown.

    Example: waitroom rooms codes make arena --count 5000 --out fan-club.txt
    """
    if (count is None) == (code is None):
        raise ConfigurationError("Say either --count, for random codes, or --code, for a word of your own.")
    if code is not None:
        _keep(room, [code], tier=tier, uses=uses)
        return
    with _target(out) as target:
        made = run_on_queue(
            lambda queue: make_codes(
                queue, _keys(), room, count=count or 0, who=who_acts(), tier=tier, uses=uses or None
            )
        )
        target.writelines(f"{each}\n" for each in made)
    click.echo(f"{len(made)} codes are made. They cannot be shown again: keep the list.", err=True)


@codes.command()
@click.argument("room")
@click.argument("file", type=click.File())
@terms
def load(*, room: str, file: TextIO, tier: int, uses: int) -> None:
    """Take the codes of FILE, one a line, into ROOM; - reads standard input.

    For codes that another system made, and for the list of `make` after the store was lost: a code that the room still
    has stays as it is.
    """
    _keep(room, [line.strip() for line in file if line.strip()], tier=tier, uses=uses)


@codes.command()
@click.argument("room")
def count(room: str) -> None:
    """Count the codes of ROOM by tier and by the uses that are left."""
    found = run_on_queue(lambda queue: count_codes(queue, room))
    for (tier, uses), number in sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or -1)):
        left = "any number of uses" if uses is None else f"{uses} uses left"
        click.echo(f"tier {tier}\t{left}\t{number} codes")
    click.echo(f"{found.total()} codes in all")


def _keep(room: str, words: list[str], *, tier: int, uses: int) -> None:
    kept = run_on_queue(
        lambda queue: keep_codes(queue, _keys(), room, words, who=who_acts(), tier=tier, uses=uses or None)
    )
    click.echo(f"{kept.new} codes are new, {kept.total} are in the room {room!r}.")


def _keys() -> KeySource:
    return Settings.from_env().key_source()


@contextmanager
def _target(out: Path | None) -> Iterator[IO[str]]:
    # Opened before any code is made: a list that cannot be written would be lost.
    if out is None:
        yield sys.stdout
        return
    try:
        opened = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE)
    except OSError as refused:
        raise ConfigurationError(f"The codes cannot be written to {out}: {refused.strerror}.") from None
    try:
        with os.fdopen(opened, "w") as file:
            yield file
    except BaseException:
        out.unlink()
        raise
