"""Everything on one stage: servers, schema, room, units and crowd, in the order in which they need each other."""

import asyncio
import contextlib
import time
from typing import Protocol

from waitroom.clock import SystemClock
from waitroom.demo.children import Children
from waitroom.demo.home import Home
from waitroom.demo.interrupts import Interrupts
from waitroom.demo.options import DemoOptions
from waitroom.demo.room import DemoRoom
from waitroom.demo.rounds import ROOM, arrival_seconds, describe, is_over, is_time_for_next, new_round
from waitroom.demo.screen import Screen
from waitroom.embedded import EmbeddedPostgres, EmbeddedValkey, refuse_taken_port
from waitroom.errors import QueueUnavailableError
from waitroom.queue import Snapshot

LOOK_SECONDS = 1.0
CROWD_LIMIT_SECONDS = 3600


class Sale(Protocol):
    """The checkout's part, which the composition root provides."""

    async def prepare(self, database_url: str) -> bool:
        """Bring the schema up and put the event on sale; False when it was there."""

    async def renew(self, database_url: str) -> None:
        """Put the event on sale anew."""


class Reception(Protocol):
    """The console's part, which the composition root provides."""

    async def prepare(self, database_url: str, *, password: str) -> None:
        """Bring the schema up, and let the organizer sign in with this password unless there is one already."""


def run_demo(options: DemoOptions, sale: Sale, reception: Reception) -> None:
    """Run the demo until Ctrl-C or SIGTERM; raises WaitroomError when something stands in its way."""
    screen = Screen()
    with Interrupts() as interrupts, contextlib.ExitStack() as stack:
        try:
            stage = Stage(options, sale, reception, screen=screen, stack=stack, interrupts=interrupts)
            stage.set_up()
            stage.play()
        except KeyboardInterrupt:
            screen.say("Stopping; once more Ctrl-C stops at once.")
    screen.say(f"Stopped. The data is in {options.folder}; the next start goes on with it.")


class Stage:
    """The running demo. What it opens is closed by `stack`, in the opposite order."""

    def __init__(
        self,
        options: DemoOptions,
        sale: Sale,
        reception: Reception,
        *,
        screen: Screen,
        stack: contextlib.ExitStack,
        interrupts: Interrupts,
    ) -> None:
        self._options = options
        self._sale = sale
        self._reception = reception
        self._screen = screen
        self._stack = stack
        self._interrupts = interrupts
        self._runner = stack.enter_context(asyncio.Runner())
        self._over_since: float | None = None

    def set_up(self) -> None:
        """Start everything and print the addresses."""
        self._home = Home(self._options.folder)
        self._stack.enter_context(self._home.lock)
        self._refuse_taken_ports()
        keys = self._home.make_keys()
        self._start_servers()
        is_new_event = self._runner.run(self._sale.prepare(self._postgres.url))
        self._screen.did("the stadium is on sale" if is_new_event else "the stadium is there")
        password = self._home.make_organizer_password()
        self._runner.run(self._reception.prepare(self._postgres.url, password=password))
        self._room = DemoRoom(self._valkey.url, keys)
        self._stack.callback(lambda: self._runner.run(self._room.close()))
        snapshot = self._resume_or_begin(is_new_event=is_new_event)
        self._start_units()
        self._send_crowd(snapshot)
        self._screen.show_addresses(self._options, self._home)

    def play(self) -> None:
        """Show how it stands, and begin a new round after each; ends by an exception alone."""
        while True:
            time.sleep(LOOK_SECONDS)
            self._refuse_dead()
            self._show_end_of_crowd()
            # A store that is gone for a moment is not the end: its own leash says when it is.
            with contextlib.suppress(QueueUnavailableError):
                self._look_after_round()

    def _refuse_dead(self) -> None:
        for part in (self._valkey, self._postgres, self._children):
            part.refuse_dead()

    def _show_end_of_crowd(self) -> None:
        if report := self._children.take_crowd_report():
            self._screen.say(f"The crowd is through. {report}")

    def _refuse_taken_ports(self) -> None:
        options = self._options
        refuse_taken_port(options.edge_port, host=options.host, purpose="the waiting room (--edge-port)")
        refuse_taken_port(options.console_port, host=options.host, purpose="the console (--console-port)")
        refuse_taken_port(options.checkout_port, host=options.host, purpose="the checkout (--checkout-port)")
        refuse_taken_port(options.edge_ops_port, purpose="the waiting room's metrics (--edge-port + 1000)")
        refuse_taken_port(options.console_ops_port, purpose="the console's metrics (--console-port + 1000)")
        refuse_taken_port(options.checkout_ops_port, purpose="the checkout's metrics (--checkout-port + 1000)")
        refuse_taken_port(options.worker_ops_port, purpose="the worker's metrics (--checkout-port + 1001)")

    def _start_servers(self) -> None:
        self._valkey = EmbeddedValkey(self._home.part("valkey"), append_only=True)
        self._postgres = EmbeddedPostgres(self._home.part("postgres"))
        for server in (self._valkey, self._postgres):
            self._interrupts.hurry_with(server.hurry)
            self._stack.enter_context(server)
        self._screen.did("Valkey and PostgreSQL are up")

    def _start_units(self) -> None:
        options = self._options
        settings = self._home.settings(
            redis_url=self._valkey.url,
            database_url=self._postgres.url,
            public_url=options.edge_url,
            checkout_url=options.checkout_url,
            console_url=options.console_url,
        )
        self._home.write_environment(settings)
        self._children = Children(self._home, settings)
        self._interrupts.hurry_with(self._children.hurry)
        self._stack.callback(self._children.stop)
        ops_ports = {
            "edge": options.edge_ops_port,
            "console": options.console_ops_port,
            "checkout": options.checkout_ops_port,
            "worker": options.worker_ops_port,
        }
        ports = {"edge": options.edge_port, "console": options.console_port, "checkout": options.checkout_port}
        for name, port in ports.items():
            self._children.start_unit(name, host=options.host, port=port, ops_port=ops_ports[name])
        self._children.start_worker(ops_port=options.worker_ops_port)
        for name, port in ops_ports.items():
            self._children.wait_until_ready(name, ops_port=port)
        self._screen.did("edge, console, checkout and worker are up")

    def _resume_or_begin(self, *, is_new_event: bool) -> Snapshot:
        snapshot = self._runner.run(self._room.look())
        if snapshot is not None and not is_over(snapshot) and not self._options.is_fresh and not is_new_event:
            self._screen.did("the last round goes on")
            return snapshot
        if not is_new_event:
            self._runner.run(self._sale.renew(self._postgres.url))
        return self._new_room()

    def _new_room(self) -> Snapshot:
        settings = new_round(self._options, now_ms=SystemClock().now_ms())
        snapshot = self._runner.run(self._room.renew(settings))
        self._screen.did(f"a fresh round: the lobby is open for {self._options.lobby_seconds} s")
        return snapshot

    def _look_after_round(self) -> None:
        snapshot = self._runner.run(self._room.look())
        # Somebody may have deleted the room by hand: that asks for a new one, too.
        if snapshot is None or self._is_time_for_next(snapshot):
            self._begin_next_round()
        else:
            self._screen.status(describe(snapshot))

    def _is_time_for_next(self, snapshot: Snapshot) -> bool:
        if not is_over(snapshot):
            self._over_since = None
            return False
        self._over_since = self._over_since or time.monotonic()
        return is_time_for_next(
            snapshot, over_for_seconds=time.monotonic() - self._over_since, pause_seconds=self._options.pause_seconds
        )

    def _begin_next_round(self) -> None:
        self._over_since = None
        self._children.stop_crowd()
        self._runner.run(self._sale.renew(self._postgres.url))
        self._send_crowd(self._new_room())

    def _send_crowd(self, snapshot: Snapshot) -> None:
        if not self._options.fans:
            return
        options = {
            "edge": self._options.edge_url,
            "checkout": self._options.checkout_url,
            "room": ROOM,
            "fans": self._options.fans,
            "over": arrival_seconds(snapshot),
            "limit": CROWD_LIMIT_SECONDS,
            # Another crowd each time: who had a turn in this round would stand at its end.
            "seed": f"{snapshot.epoch}-{snapshot.now_ms}",
        }
        self._children.start_crowd([part for name, value in options.items() for part in (f"--{name}", str(value))])
        self._screen.did(f"{self._options.fans} simulated fans are on their way")
