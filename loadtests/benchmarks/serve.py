"""Serve one app with one server on one core: `python -m loadtests.benchmarks.serve edge hypercorn PORT [CORE]`."""

import sys

from loadtests.benchmarks.apps import APPS
from loadtests.benchmarks.cores import pin
from waitroom.logs import configure_logs
from waitroom.web.serving import BACKLOG, Port, run


def serve_hypercorn(app: str, port: int) -> None:
    """Serve as the product does."""
    configure_logs(unit=app)
    run(Port(app=APPS[app](), host="127.0.0.1", port=port))


def serve_granian(app: str, port: int) -> None:
    """Serve the same app with Granian, one worker."""
    from granian.constants import Interfaces, Loops  # noqa: PLC0415 - only the one who compares needs it
    from granian.server import Server  # noqa: PLC0415

    Server(
        f"loadtests.benchmarks.apps:{app}",
        factory=True,
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        backlog=BACKLOG,
        log_enabled=False,
    ).serve()


SERVERS = {"hypercorn": serve_hypercorn, "granian": serve_granian}


def main() -> None:
    """Read the arguments and serve until SIGTERM."""
    app, server, port, *core = sys.argv[1:]
    pin(int(core[0]) if core else None)
    SERVERS[server](app, int(port))


if __name__ == "__main__":
    main()
