"""`waitroom rooms simulate`: the release plan tried dry."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from waitroom.cli.acting import run_on_queue
from waitroom.clock import SystemClock, read_moment, rfc3339
from waitroom.errors import ConfigurationError
from waitroom.plans import read_plan
from waitroom.queue import Snapshot, look_at_room
from waitroom.rooms import PlanStep, RoomSettings
from waitroom.simulation import Crowd, Policy, Shape, describe, draw_picture, fans_of_room, policy_of_room, start_of
from waitroom.simulation import simulate as run

Given = dict[str, Any]  # Any: click's values
SETTINGS = ("new_users_per_minute", "total_active_users", "claim_minutes", "session_minutes")


def _options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:  # Any: click's decorators take any function
    def decorate(command: Any) -> Any:  # Any: as above
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


room_options = _options(
    click.option("--rate", "new_users_per_minute", type=click.FloatRange(min=0), help="New fans a minute."),
    click.option("--ceiling", "total_active_users", type=click.IntRange(min=0), help="Fans inside at once."),
    click.option(
        "--plan",
        metavar="STEPS",
        help="Other rates and ceilings by time, `time:rate:ceiling` with commas between; a time is an offset from the "
        "release (+10m) or RFC 3339.",
    ),
    click.option("--claim-minutes", type=click.FloatRange(min=0.05), help="How long a turn may be taken."),
    click.option("--session-minutes", type=click.FloatRange(min=0.05), help="How long a fan may shop."),
    click.option("--release-at", help="When the line is let through: what steps in RFC 3339 are counted from."),
)
crowd_options = _options(
    click.option("--lobby", type=int, help="Fans in the lobby at the release.  [default: those there, or 10000]"),
    click.option("--inside", type=int, help="Fans in the shop at the beginning.  [default: those there, or 0]"),
    click.option("--later", type=int, help="Fans who come after the release.  [default: 0]"),
    click.option("--shape", type=click.Choice([shape.value for shape in Shape]), help="How.  [default: burst]"),
    click.option("--over-minutes", type=float, help="Over how long these come.  [default: 60]"),
    click.option(
        "--arrivals",
        metavar="CURVE",
        help="Fans a minute instead of these, `time:fans` with commas between, straight from one to the next.",
    ),
    click.option("--no-show", type=float, help="Share of turns that nobody takes, 0 to 0.99.  [default: 0.2]"),
    click.option("--claim-seconds", type=float, help="How soon the others do, on average.  [default: 20]"),
    click.option("--shop-minutes", type=float, help="How long they shop, on average.  [default: 6]"),
    click.option("--seats", type=int, help="Seats for sale; without it nothing sells out."),
    click.option("--seats-a-buyer", type=float, help="Seats that a fan buys.  [default: 2]"),
)


@click.command()
@click.argument("room", required=False)
@room_options
@crowd_options
@click.option(
    "--hours", type=click.FloatRange(min=0, max=72, min_open=True), default=24, show_default=True, help="At most."
)
@click.option("--json", "as_json", is_flag=True, help="Print every figure and the series as JSON.")
@click.option("--picture", type=click.Path(dir_okay=False, path_type=Path), help="Also write an SVG picture here.")
def simulate(room: str | None, hours: float, as_json: bool, picture: Path | None, **given: Any) -> None:  # noqa: FBT001 - click's way
    """Try rate, ceiling and plan dry: drain time, waits, most inside, what the ceiling holds back.

    Without ROOM nothing is connected to. With it the room's settings and fans are what is not given here; --rate and
    --ceiling leave its plan out. The room itself is not touched. Counted is in cohorts on a virtual clock, by the rules
    of the queue's own scripts; pauses, failures and the governor are left out: this is the plan, if nothing goes wrong.

    \b
    Examples:
      waitroom rooms simulate --lobby 200000 --rate 3000 --ceiling 20000
      waitroom rooms simulate arena --no-show 0.3 --later 50000 --picture arena.svg
      waitroom rooms simulate --lobby 40000 --plan +0m:600:4000,+10m:1200:8000,+40m:1800:12000
      waitroom rooms simulate --lobby 0 --arrivals +0m:100,+30m:900,+60m:0 --rate 600 --ceiling 5000
      waitroom rooms simulate --lobby 60000 --seats 20000 --seats-a-buyer 2.4 --json
    """
    snapshot = None if room is None else run_on_queue(lambda queue: look_at_room(queue, room))
    changes, start_ms = _changes(snapshot, given)
    policy = _policy(snapshot, changes, start_ms=start_ms)
    crowd = _crowd(snapshot, given, start_ms=start_ms)
    outcome = run(policy, crowd, hours=hours)
    title = f"Dry run of {room}" if room else "Dry run"
    if picture is not None:
        picture.write_text(draw_picture(outcome, title=title))
    if as_json:
        click.echo(json.dumps(outcome.to_json()))
        return
    click.echo(f"{title}, from {rfc3339(start_ms)}.")
    click.echo(describe(policy, crowd, outcome), nl=False)
    if picture is not None:
        click.echo(f"The picture is in {picture}.")


def _changes(snapshot: Snapshot | None, given: Given) -> tuple[Given, int]:
    # The settings that were given, and the moment from which offsets count.
    settings = RoomSettings() if snapshot is None else snapshot.settings
    now_ms = SystemClock().now_ms() if snapshot is None else snapshot.now_ms
    changes = {name: given[name] for name in SETTINGS if given[name] is not None}
    if given["release_at"] is not None:
        changes["release_at"] = _moment(given["release_at"], now_ms=now_ms)
    settings = settings.model_copy(update=changes)
    # Without a room there is no other time than that of the release.
    start_ms = start_of(settings, now_ms=now_ms if snapshot is not None else settings.release_at or now_ms)
    if given["plan"] is not None:
        changes["plan"] = _read_plan(given["plan"], start_ms=start_ms)
    return changes, start_ms


def _policy(snapshot: Snapshot | None, changes: Given, *, start_ms: int) -> Policy:
    try:
        if snapshot is not None:
            return policy_of_room(snapshot, changes)
        return Policy.of(RoomSettings().changed(changes), now_ms=start_ms)
    except ValidationError as wrong:
        raise _in_words(wrong) from None


def _crowd(snapshot: Snapshot | None, given: Given, *, start_ms: int) -> Crowd:
    named = {name: given[name] for name in Crowd.model_fields if given[name] is not None}
    if "arrivals" in named:
        named["arrivals"] = _curve(named["arrivals"], start_ms=start_ms)
    if snapshot is not None:
        named = fans_of_room(snapshot) | named
    try:
        return Crowd.model_validate(named)
    except ValidationError as wrong:
        raise _in_words(wrong) from None


def _in_words(wrong: ValidationError) -> ConfigurationError:
    reasons = [f"{'.'.join(map(str, error['loc']))}: {error['msg']}".lstrip(": ") for error in wrong.errors()]
    return ConfigurationError("\n".join(reasons))


def _curve(text: str, *, start_ms: int) -> tuple[tuple[float, float], ...]:
    points = []
    for point in text.replace(",", " ").split():
        time, _, fans = point.rpartition(":")
        try:
            points.append(((read_moment(time, now_ms=start_ms) - start_ms) / 1000, float(fans)))
        except ValueError:
            raise ConfigurationError(f"{point!r} is no point of arrivals; write time:fans, like +10m:900") from None
    return tuple(points)


def _read_plan(text: str, *, start_ms: int) -> tuple[PlanStep, ...]:
    try:
        return read_plan(text, start_ms=start_ms)
    except ValueError as wrong:
        raise ConfigurationError(str(wrong)) from None


def _moment(text: str | None, *, now_ms: int) -> int:
    try:
        return now_ms if text is None else read_moment(text, now_ms=now_ms)
    except ValueError as wrong:
        raise ConfigurationError(str(wrong)) from None
