"""Ports on the loopback interface."""

import socket

from waitroom.embedded.errors import PortTakenError

LOOPBACK = "127.0.0.1"


def free_port(host: str = LOOPBACK) -> int:
    """Return a port that nothing listens on now; another process may still take it first."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def refuse_taken_port(port: int, *, host: str = LOOPBACK, purpose: str = "a server") -> None:
    """Raise PortTakenError when something listens on the port, naming what it was wanted for."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # Without this, connections that linger after a restart would count as a listener.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as taken:
            raise PortTakenError(port, host=host, purpose=purpose) from taken
