"""A room's settings as options of commands."""

from collections.abc import Callable
from typing import Any

import click

from waitroom.cli.values import NEVER, Beacon, Moment
from waitroom.clock import SystemClock
from waitroom.errors import ConfigurationError
from waitroom.plans import read_plan
from waitroom.rooms import CodePolicy, OutagePolicy, RoomSettings

Given = dict[str, Any]  # Any: click's values
TIMES = ("lobby_at", "lobby_closes_at", "release_at", "closes_at")


def setting_options(command: Callable[..., Any]) -> Callable[..., Any]:  # Any: click's decorators take any function
    """One option a setting of a room."""
    for option in (
        click.option(
            "--beacon", type=Beacon(), help="Draw with a public beacon: URL,PERIOD_SECONDS,GENESIS. Only when made."
        ),
        click.option("--rehearsal", is_flag=True, default=None, help="Run the night and sell nothing. Only when made."),
        click.option(
            "--plan",
            help="Rates and ceilings by time, like +0m:600:2000,+10m:1200:3000; offsets count from the release, or "
            "from now in a room without one. An empty one takes the plan away.",
        ),
        click.option(
            "--outage-policy",
            type=click.Choice([policy.value for policy in OutagePolicy]),
            help="While the queue's store is away: keep all waiting, let a few in, or let all in.  [default: keep]",
        ),
        click.option(
            "--codes",
            type=click.Choice([policy.value for policy in CodePolicy]),
            help="Whether newcomers bring a presale code.  [default: off]",
        ),
        click.option("--message", help="Shown to every fan; an empty one takes it away."),
        click.option("--claim-minutes", type=float, help="How long a turn may be taken.  [default: 10]"),
        click.option("--session-minutes", type=float, help="How long a fan may shop.  [default: 20]"),
        click.option("--ceiling", "total_active_users", type=int, help="Fans inside at once.  [default: 1000]"),
        click.option("--rate", "new_users_per_minute", type=float, help="New fans a minute.  [default: 600]"),
        click.option("--closes-at", type=Moment(), help="When the room ends."),
        click.option("--release-at", type=Moment(), help="When the first turns are given; without it, at once."),
        click.option(
            "--lobby-closes-at", type=Moment(), help="Close the lobby early: a draw of millions takes minutes."
        ),
        click.option("--lobby-at", type=Moment(), help="When the lobby opens; without it, at once."),
        click.option("--name", help="What fans read."),
    ):
        command = option(command)
    return command


def new_settings(given: Given) -> RoomSettings:
    """The settings of a new room; raises ConfigurationError."""
    try:
        return RoomSettings.model_validate(changes_among(given, release_at=given["release_at"]))
    except ValueError as wrong:
        raise ConfigurationError(str(wrong)) from None


def changes_among(given: Given, *, release_at: int | str | None) -> Given:
    """What is to change: the options that were given, the plan's offsets counted from the release.

    In a room without a release they count from now. Raises ConfigurationError.
    """
    named = {name: value for name, value in given.items() if value is not None}
    if "plan" in named:
        start_ms = release_at if isinstance(release_at, int) else SystemClock().now_ms()
        try:
            named["plan"] = read_plan(named["plan"], start_ms=start_ms)
        except ValueError as wrong:
            raise ConfigurationError(str(wrong)) from None
    return {name: None if name in TIMES and value == NEVER else value for name, value in named.items()}
