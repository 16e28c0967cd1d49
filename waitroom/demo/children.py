"""The demo's own processes: edge, console, checkout, worker and crowd, each on its leash."""

import sys
from collections.abc import Mapping
from pathlib import Path

from waitroom.demo.home import Home, clean_environment
from waitroom.embedded import Command, LeashedProcess
from waitroom.embedded.process import wait_until_ready
from waitroom.embedded.units import is_unit_ready

START_SECONDS = 60.0
PROGRESS = "joined "
"""How the crowd's progress lines begin."""
GRACE_SECONDS = 12.0
"""A unit finishes what is in flight within ten seconds."""


class Children:
    """Start processes of `waitroom`, watch them, and stop them all at once."""

    def __init__(self, home: Home, settings: Mapping[str, str]) -> None:
        self._home = home
        self._environment = clean_environment() | dict(settings)
        self._units: list[LeashedProcess] = []
        self._crowd: LeashedProcess | None = None

    def start_unit(self, name: str, *, host: str, port: int, ops_port: int) -> None:
        """Start `waitroom NAME`, a unit that serves until it is stopped."""
        options = ["--host", host, "--port", str(port), "--ops-port", str(ops_port)]
        self._units.append(self._start(name, options))

    def start_worker(self, *, ops_port: int) -> None:
        """Start `waitroom worker`, which nobody reaches from outside."""
        self._units.append(self._start("worker", ["--ops-port", str(ops_port)]))

    def wait_until_ready(self, name: str, *, ops_port: int) -> None:
        """Return when the unit can serve; raises ServerFailedError, with its last words, when it does not."""
        unit = next(unit for unit in self._units if unit.name == name)
        wait_until_ready(unit, lambda: is_unit_ready(ops_port), limit_seconds=START_SECONDS)

    def start_crowd(self, options: list[str]) -> None:
        """Send a crowd, in the place of the one before."""
        self.stop_crowd()
        self._crowd = self._start("crowd", options)

    def stop_crowd(self) -> None:
        """Call the crowd off."""
        if self._crowd is not None:
            self._crowd.kill()
            self._crowd = None

    def take_crowd_report(self) -> str | None:
        """Return how it went with the crowd, once it has ended by itself."""
        if self._crowd is None or self._crowd.is_running:
            return None
        lines = self._crowd.last_lines().splitlines()
        self.stop_crowd()
        return "\n".join(line for line in lines if not line.startswith(PROGRESS))

    def refuse_dead(self) -> None:
        """Raise ServerFailedError when a unit has ended; a crowd ends by itself."""
        for unit in self._units:
            if not unit.is_running:
                raise unit.failed(f"ended by itself with code {unit.exit_code}")

    def stop(self) -> None:
        """Stop them all, gracefully and at the same time."""
        self.stop_crowd()
        for unit in self._units:
            unit.ask_to_stop()
        for unit in self._units:
            unit.wait()

    def hurry(self) -> None:
        """Do not wait for a graceful end."""
        for unit in self._units:
            unit.hurry()

    def _start(self, name: str, options: list[str]) -> LeashedProcess:
        log = self._home.log_of(name)
        log.unlink(missing_ok=True)
        arguments: list[str | Path] = [sys.executable, "-m", "waitroom", name, *options]
        command = Command(name=name, arguments=arguments, grace_seconds=GRACE_SECONDS, environment=self._environment)
        return LeashedProcess(command, log=log)
