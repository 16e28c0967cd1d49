"""`waitroom rooms`: make rooms and change them while they run."""

import json
from typing import Any

import click

from waitroom.cli.acting import run_on_queue, who_acts
from waitroom.cli.codes import codes
from waitroom.cli.on_database import console_database
from waitroom.cli.room_settings import TIMES, changes_among, new_settings, setting_options
from waitroom.cli.simulate import simulate
from waitroom.clock import rfc3339
from waitroom.database import DatabaseBusyError, DatabaseUnavailableError
from waitroom.errors import ConfigurationError, RoomMissingError
from waitroom.plans import step_in_words
from waitroom.queue import Over, Queue, Snapshot, change_room, close_room, create_room, look_at_room, release_now
from waitroom.queue.keys import is_room_name
from waitroom.settings import Settings


@click.group()
def rooms() -> None:
    """Make rooms and change them while they run."""


rooms.add_command(simulate)
rooms.add_command(codes)


@rooms.command()
@click.argument("room")
@setting_options
def create(room: str, **given: Any) -> None:  # Any: click's values
    """Make ROOM and commit to the seed of its draw.

    Times are RFC 3339 with a zone, or `now`, `+90s`, `+5m`, `+2h`. A room without times is always open and only
    queues when it is full.

    Example: waitroom rooms create arena --lobby-at now --release-at +30m --rate 1200 --ceiling 3000
    """
    if not is_room_name(room):
        raise ConfigurationError(f"{room!r} cannot name a room: use lower-case letters, digits and hyphens.")
    settings = new_settings(given)

    async def make(queue: Queue) -> Snapshot:
        await create_room(queue, Settings.from_env().key_source(), room, settings, who=who_acts())
        return await look_at_room(queue, room)

    _tell(run_on_queue(make), f"The room {room!r} is made; commitment to its draw:")


@rooms.command("list")
def list_() -> None:
    """List the rooms, one a line."""

    async def look(queue: Queue) -> list[Snapshot]:
        found = []
        for room in await queue.rooms():
            try:
                found.append(await look_at_room(queue, room))
            except RoomMissingError:
                continue
        return found

    for snapshot in run_on_queue(look):
        counts = snapshot.counts
        click.echo(
            f"{snapshot.room}\t{_phase(snapshot)}\tlobby {counts.lobby}\twaiting {counts.waiting}\t"
            f"admitted {counts.admitted}\tinside {counts.active}"
        )


@rooms.command()
@click.argument("room")
@click.option("--json", "as_json", is_flag=True, help="The snapshot as fans' pages get it.")
def show(room: str, as_json: bool) -> None:  # noqa: FBT001 - click's way
    """Show one room: its settings, its numbers, its last changes."""

    async def look(queue: Queue) -> tuple[Snapshot, list[dict[str, str]]]:
        return await look_at_room(queue, room), await queue.changes(room, most=5)

    snapshot, changes = run_on_queue(look)
    if as_json:
        click.echo(json.dumps(snapshot.to_json()))
        return
    for line in _describe(snapshot):
        click.echo(line)
    click.echo("Last changes:")
    for change in changes:
        fields = ", ".join(f"{name} {text}" for name, text in change.items() if name not in {"at_ms", "who", "version"})
        click.echo(f"  {rfc3339(int(change['at_ms']))} {change['who']}: {fields}")


@rooms.command("set")
@click.argument("room")
@click.option("--expected", type=int, help="Refuse when the room is no longer at this version.")
@setting_options
def set_(room: str, expected: int | None, **given: Any) -> None:  # Any: click's values
    """Change settings of ROOM; what is not named stays. Takes effect at once.

    Example: waitroom rooms set arena --rate 600 --ceiling 2000
    """
    if given["plan"] is not None and given["release_at"] is None:
        release_at = run_on_queue(lambda queue: look_at_room(queue, room)).settings.release_at
        changes = changes_among(given, release_at=release_at)
    else:
        changes = changes_among(given, release_at=given["release_at"])
    if not changes:
        raise ConfigurationError("Nothing to change was named; `waitroom rooms set --help` lists the settings.")
    _change(room, changes, expected=expected)


@rooms.command()
@click.argument("room")
def pause(room: str) -> None:
    """Give no more turns; nobody loses a place or a turn."""
    _change(room, {"paused": True})


@rooms.command()
@click.argument("room")
def resume(room: str) -> None:
    """Give turns again, also after the room was marked sold out."""
    _change(room, {"paused": False, "sold_out": False})


@rooms.command("sold-out")
@click.argument("room")
def sold_out(room: str) -> None:
    """Tell everybody that nothing is left and give no more turns."""
    _change(room, {"sold_out": True})


@rooms.command()
@click.argument("room")
@click.confirmation_option(prompt="Nobody will join or get a turn any more. Close the room?")
def close(room: str) -> None:
    """End ROOM at this moment."""
    _tell_version(room, run_on_queue(lambda queue: close_room(queue, room, who=who_acts())))


@rooms.command("release-now")
@click.argument("room")
def release_now_(room: str) -> None:
    """Close the lobby, draw, and let the line through at this moment."""
    _tell_version(room, run_on_queue(lambda queue: release_now(queue, room, who=who_acts())))


@rooms.command("draw-without-beacon")
@click.argument("room")
@click.confirmation_option(prompt="The proof will say for ever that the draw went on without its beacon. Go on?")
def draw_without_beacon(room: str) -> None:
    """Draw ROOM without the value of its beacon, when that does not come."""
    _change(room, {"beacon_waived": True})


@rooms.command()
@click.argument("room")
@click.option("--fan", "fan_id", metavar="FAN_ID", help="Only this fan's turn, wherever it stands.")
def revoke(room: str, fan_id: str | None) -> None:
    """End the tokens of ROOM that nobody has entered with yet, or one fan's turn; who is inside stays."""

    async def end(queue: Queue) -> int:
        epoch = (await look_at_room(queue, room)).epoch
        if fan_id is None:
            revoked = await queue.revoke_tokens(room, epoch=epoch)
            return revoked if isinstance(revoked, int) else 0
        return int(isinstance(await queue.revoke(room, epoch=epoch, fan_id=fan_id), Over))

    click.echo(f"{run_on_queue(end)} tokens of the room {room!r} are worth nothing any more.")


@rooms.command()
@click.argument("room")
@click.option("--without-report", is_flag=True, help="Make no last report: the room is gone without a trace.")
@click.confirmation_option(prompt="Every place, the logs and the draw's proof are deleted too. Delete the room?")
def delete(room: str, without_report: bool) -> None:  # noqa: FBT001 - as above
    """Delete ROOM and everything in it; passes of it are worth nothing from then on.

    Its report is kept before, as it is when a room is deleted in the console: that needs WAITROOM_DATABASE_URL.
    """

    async def end(queue: Queue) -> None:
        epoch = ""
        if not without_report:
            epoch = (await look_at_room(queue, room)).epoch
            await _keep_report(queue, room)
        if not await queue.delete(room, epoch=epoch):
            raise RoomMissingError(room)

    run_on_queue(end)
    report = "no report was made of it" if without_report else "its last report is kept for the console"
    click.echo(f"The room {room!r} is deleted; {report}.")


async def _keep_report(queue: Queue, room: str) -> None:
    from edge.console.points import Points  # noqa: PLC0415 - the edge is imported inside each command
    from edge.console.reports.desk import ReportDesk  # noqa: PLC0415

    async with console_database() as database:
        desk = ReportDesk(queue, database, Points(database), public_url=Settings.from_env().public_url)
        try:
            await desk.keep(room)
        except (DatabaseUnavailableError, DatabaseBusyError) as away:
            raise click.ClickException(
                f"{away} So no report of the room {room!r} can be kept, and it is not deleted. "
                "--without-report deletes it all the same."
            ) from None


def _change(room: str, changes: dict[str, Any], *, expected: int | None = None) -> None:
    _tell_version(
        room, run_on_queue(lambda queue: change_room(queue, room, changes, who=who_acts(), expected=expected))
    )


def _phase(snapshot: Snapshot) -> str:
    switches = [name for name in ("paused", "sold_out", "rehearsal") if getattr(snapshot.settings, name)]
    return ", ".join([snapshot.phase.value, *switches])


def _describe(snapshot: Snapshot) -> list[str]:
    settings, counts, totals = snapshot.settings, snapshot.counts, snapshot.totals
    times = [f"{name} {rfc3339(ms)}" for name in TIMES if (ms := getattr(settings, name)) is not None]
    return [
        f"{snapshot.room}: {settings.name} ({_phase(snapshot)}), version {snapshot.version}, epoch {snapshot.epoch}",
        f"  times: {', '.join(times) or 'none, always open'}",
        f"  rate {snapshot.rate.per_minute:g} a minute by {snapshot.rate.by}, measured {snapshot.measured_per_minute}",
        f"  ceiling {snapshot.rate.ceiling}",
        f"  plan: {', '.join(step_in_words(step) for step in settings.plan) or 'none'}",
        f"  claim {settings.claim_minutes:g} min, session {settings.session_minutes:g} min",
        f"  codes {settings.codes.value}, while the store is away: {settings.outage_policy.value}",
        f"  lobby {counts.lobby}, waiting {counts.waiting}, admitted {counts.admitted}, inside {counts.active}",
        "  so far: " + ", ".join(f"{name} {count}" for name, count in totals.items()),
        f"  commitment {snapshot.draw.commitment}",
    ]


def _tell(snapshot: Snapshot, sentence: str) -> None:
    click.echo(sentence)
    click.echo(f"  {snapshot.draw.commitment}")
    for line in _describe(snapshot)[:-1]:
        click.echo(line)


def _tell_version(room: str, version: int) -> None:
    click.echo(f"The room {room!r} is at version {version}.")
