"""What the one who started the demo sees: sentences, and a status line that is written over."""

import shutil
import sys
import time
from pathlib import Path

import click

from waitroom.demo.home import Home
from waitroom.demo.options import LOOPBACK, ORGANIZER, DemoOptions
from waitroom.demo.rounds import ROOM

STATUS_SECONDS = 15.0
"""Without a terminal a status line is printed this often."""
CLEAR_LINE = "\r\x1b[K"


class Screen:
    """Standard output, a terminal or not."""

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._status_at = float("-inf")
        self._started_at = time.monotonic()

    def say(self, text: str) -> None:
        """Print a sentence."""
        click.echo(f"{CLEAR_LINE}{text}" if self._is_terminal else text)

    def did(self, text: str) -> None:
        """Print what has been done, and when."""
        self.say(f"{time.monotonic() - self._started_at:5.1f} s  {text}")

    def status(self, text: str) -> None:
        """Show how it stands."""
        if self._is_terminal:
            click.echo(f"{CLEAR_LINE}{text[: shutil.get_terminal_size().columns - 1]}", nl=False)
        elif time.monotonic() - self._status_at >= STATUS_SECONDS:
            self._status_at = time.monotonic()
            click.echo(text)

    def show_addresses(self, options: DemoOptions, home: Home) -> None:
        """Print where everything is."""
        self.say(f"""
  The demo is on.

    waiting room   {options.edge_url}/r/{ROOM}
    checkout       {options.checkout_url}
    console        {options.console_url}
                   sign in as {ORGANIZER} with {home.make_organizer_password()}
    metrics        http://{LOOPBACK}:{options.edge_ops_port}/metrics
                   http://{LOOPBACK}:{options.console_ops_port}/metrics
                   http://{LOOPBACK}:{options.checkout_ops_port}/metrics
                   http://{LOOPBACK}:{options.worker_ops_port}/metrics
    folder         {home.folder}
    mail           {home.part("mail")}: a file a mail, sent nowhere
    command it     . {home.environment_file}; {_command()} rooms show {ROOM}

  Ctrl-C stops everything. The data stays, and the next start goes on with this round.
""")


def _command() -> str:
    """Return the command `waitroom` as one can type it here."""
    command = Path(sys.executable).with_name("waitroom")
    if not command.exists():
        return f"{sys.executable} -m waitroom"
    return str(command.relative_to(Path.cwd()) if command.is_relative_to(Path.cwd()) else command)
