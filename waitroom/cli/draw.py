"""`waitroom draw`: check a draw from its proof, with nothing but the proof."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO, TypeVar
from urllib.parse import urljoin

import click
import httpx

from waitroom.beacon import parse_beacon_answer
from waitroom.queue.checks import Check, Failed
from waitroom.queue.verification import Verified, verify
from waitroom.receipts import PublicKeys, check_receipt, read_public_keys

MOST_BYTES = 2**30
"""Some 30 million entrants."""
LONGEST_LINE = 2**16
READ_BYTES = 2**16
LONGEST_ANSWER = 2**16
ANSWER_SECONDS = 30.0
WEB = ("http://", "https://")
PROGRESS_ENTRANTS = 102_400
UNREADABLE = 2
T = TypeVar("T")


class UnreadableError(click.ClickException):
    """The proof cannot be read at all; nothing is said about the draw."""

    exit_code = UNREADABLE


@click.group("draw")
def draw_group() -> None:
    """Check a draw from its proof."""


@draw_group.command("verify")
@click.argument("source", metavar="FILE|URL")
@click.option("--fan", metavar="FAN_ID", help="Also print this fan's score and rank.")
@click.option("--order", type=click.Path(dir_okay=False, path_type=Path), help="Write the order, a fan id a line.")
@click.option("--expect-commitment", metavar="HEX", help="The commitment that was shown before the lobby opened.")
@click.option("--fetch-beacon", is_flag=True, help="Ask the beacon for the round, and compare its value.")
@click.option("--receipt", type=click.File(), help="A receipt from the lobby: its fan must be among the entrants.")
@click.option("--keys", metavar="FILE|URL", help="The sale's waitroom-keys.json, for the receipt.")
def verify_command(
    source: str,
    fan: str | None,
    order: Path | None,
    expect_commitment: str | None,
    fetch_beacon: bool,  # noqa: FBT001 - click passes it by its name
    receipt: TextIO | None,
    keys: str | None,
) -> None:
    """Recompute the commitment, the list's root, the key and the whole order.

    The proof is read from a file, from - (standard input), or from the address of GET /v1/rooms/ROOM/draw. The exit
    code is 1 when a check fails, and 2 when the proof cannot be read.
    """
    with _open(source) as chunks:
        outcome = verify(split_lines(chunks), expected_commitment=expect_commitment, on_progress=_tell_progress)
    verified = _held(outcome)
    _tell(verified, is_commitment_known=expect_commitment is not None)
    if fetch_beacon:
        _compare_beacon(verified)
    if receipt is not None:
        held = _held(check_receipt(verified, receipt.read(LONGEST_LINE), _read_keys(keys or _keys_beside(source))))
        click.echo(f"The receipt of {held.fan_id} is genuine, and its fan is among the entrants.")
    if order is not None:
        order.write_text("".join(f"{fan_id}\n" for fan_id in verified.order()))
        click.echo(f"The order is in {order}.")
    if fan is not None:
        _tell_place(verified, fan)


def split_lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Cut bytes into lines; raises UnreadableError when they are more than any proof has."""
    total, rest = 0, b""
    for chunk in chunks:
        total += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        if total > MOST_BYTES or len(rest) > LONGEST_LINE:
            raise UnreadableError("That is longer than any draw proof.")
        yield from (line.decode(errors="replace") for line in lines)
    if rest:
        yield rest.decode(errors="replace")


@contextmanager
def _open(source: str) -> Iterator[Iterable[bytes]]:
    try:
        if source.startswith(WEB):
            with httpx.stream("GET", source, timeout=ANSWER_SECONDS, follow_redirects=True) as response:
                response.raise_for_status()
                yield response.iter_bytes()
        else:
            with click.open_file(source, "rb") as file:
                yield iter(partial(file.read, READ_BYTES), b"")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as broken:
        raise UnreadableError(f"{source} cannot be read: {broken}") from broken


def _held(outcome: T | Failed) -> T:
    if isinstance(outcome, Failed):
        click.echo(f"FAILED at the check {outcome.check.value!r}: {outcome.detail}", err=True)
        sys.exit(1)
    return outcome


def _compare_beacon(verified: Verified) -> None:
    header = verified.header
    if header.beacon_address is None or header.beacon_round is None:
        raise click.ClickException("The proof names no round of a beacon.")
    answer = b"".join(_read_all(header.beacon_address))
    try:
        value = parse_beacon_answer(answer, expected_round=header.beacon_round).value
    except ValueError as wrong:
        raise UnreadableError(f"{header.beacon_address} gives no value: {wrong}") from wrong
    if value != header.beacon.hex():
        said = f"The beacon says {value}, and the proof says {header.beacon.hex()}."
        _held(Failed(check=Check.BEACON, detail=said))
    click.echo("The beacon gives the same value.")


def _read_keys(source: str) -> PublicKeys:
    raw = b"".join(_read_all(source))
    try:
        return read_public_keys(json.loads(raw))
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise UnreadableError(f"{source} holds no keys: {wrong}") from wrong


def _keys_beside(source: str) -> str:
    if not source.startswith(WEB):
        raise click.UsageError("--receipt needs --keys where the proof is no address.")
    return urljoin(source, "/.well-known/waitroom-keys.json")


def _read_all(source: str) -> Iterator[bytes]:
    total = 0
    with _open(source) as chunks:
        for chunk in chunks:
            total += len(chunk)
            if total > LONGEST_ANSWER:
                raise UnreadableError(f"{source} gives more than is read of it.")
            yield chunk


def _tell_progress(entrants: int) -> None:
    if entrants and entrants % PROGRESS_ENTRANTS == 0:
        click.echo(f"{entrants:,} entrants read", err=True)


def _tell(verified: Verified, *, is_commitment_known: bool) -> None:
    header = verified.header
    click.echo(f"The draw of room {header.room} (epoch {header.epoch}) holds: {header.count:,} entrants.")
    click.echo("Commitment, entrants, count, root, draw key and test vector agree.")
    if not is_commitment_known:
        click.echo("Compare the commitment with the one shown before the lobby opened: " + header.commitment.hex())
    if header.beacon_address is not None:
        click.echo(f"Beacon: round {header.beacon_round}. That its value is the beacon's, anybody can compare at")
        click.echo(f"  {header.beacon_address}")
    else:
        click.echo(header.beacon_absence)


def _tell_place(verified: Verified, fan_id: str) -> None:
    place = verified.place_of(fan_id)
    if place is None:
        raise click.ClickException(f"{fan_id} is not among the entrants.")
    score, rank = place
    click.echo(f"{fan_id}: score {score}, {rank:,} entrants drawn before.")
