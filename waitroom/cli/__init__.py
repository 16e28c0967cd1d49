"""The command `waitroom`: the composition root, which imports each unit inside its own command."""

from importlib import import_module

import click

from waitroom.errors import WaitroomError

COMMANDS = {
    "cases": "waitroom.cli.cases:cases_group",
    "checkout": "waitroom.cli.serve:checkout",
    "config": "waitroom.cli.config:config",
    "console": "waitroom.cli.serve:console",
    "crowd": "waitroom.cli.crowd:crowd",
    "demo": "waitroom.cli.demo:demo",
    "draw": "waitroom.cli.draw:draw_group",
    "edge": "waitroom.cli.serve:edge",
    "jobs": "waitroom.cli.jobs:jobs",
    "keys": "waitroom.cli.keys:keys",
    "ledger": "waitroom.cli.ledger:ledger_group",
    "log": "waitroom.cli.log:log_group",
    "notices": "waitroom.cli.notices:notices",
    "people": "waitroom.cli.people:people_group",
    "rehearse": "waitroom.cli.rehearse:rehearse",
    "rooms": "waitroom.cli.rooms:rooms",
    "worker": "waitroom.cli.serve:worker",
    "vendors": "waitroom.cli.vendors:vendors",
}
WRONG_CONFIGURATION = 2


class LazyGroup(click.Group):
    """Imports a command when it is asked for; what the product can say in words never ends in a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """Name the commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run, and tell errors of ours in one line."""
        try:
            result: object = super().invoke(ctx)
        except WaitroomError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(WRONG_CONFIGURATION)
        return result


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="waitroom")
def main() -> None:
    """A virtual waiting room and admission control for surge sales.

    Try it: `waitroom demo` runs a whole on-sale on this machine. Settings come from environment variables that
    begin with WAITROOM_ (see docs/settings.md); `waitroom config check` says what is wrong with them.
    """
