"""What the one who starts a demo may choose."""

from dataclasses import dataclass
from pathlib import Path

OPS_PORT_ABOVE = 1000
"""A unit's ops port lies this much above its own: 8000 and 9000."""
WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to
LOOPBACK = "127.0.0.1"
ORGANIZER = "organizer"
"""Who signs in to the console."""


@dataclass(frozen=True, kw_only=True)
class DemoOptions:
    """The options of `waitroom demo`.

    The rate is such that one can watch the line move, and that whoever joins has the turn within three minutes.
    The ceiling leaves room for those who walk away without a word.
    """

    folder: Path
    host: str = LOOPBACK
    edge_port: int = 8000
    console_port: int = 8001
    checkout_port: int = 8002
    fans: int = 300
    lobby_seconds: int = 60
    rate: int = 180
    ceiling: int = 80
    pause_seconds: int = 20
    is_fresh: bool = False

    @property
    def edge_url(self) -> str:
        """Where fans reach the waiting room."""
        return f"http://{self._reachable_host}:{self.edge_port}"

    @property
    def checkout_url(self) -> str:
        """Where fans reach the checkout."""
        return f"http://{self._reachable_host}:{self.checkout_port}"

    @property
    def console_url(self) -> str:
        """Where organizers reach the console."""
        return f"http://{self._reachable_host}:{self.console_port}"

    @property
    def edge_ops_port(self) -> int:
        """The edge's ops port, on the loopback interface."""
        return self.edge_port + OPS_PORT_ABOVE

    @property
    def console_ops_port(self) -> int:
        """The console's ops port, on the loopback interface."""
        return self.console_port + OPS_PORT_ABOVE

    @property
    def checkout_ops_port(self) -> int:
        """The checkout's ops port, on the loopback interface."""
        return self.checkout_port + OPS_PORT_ABOVE

    @property
    def worker_ops_port(self) -> int:
        """The worker's ops port, on the loopback interface; it has no other."""
        return self.checkout_ops_port + 1

    @property
    def _reachable_host(self) -> str:
        host = LOOPBACK if self.host in WILDCARDS else self.host
        return f"[{host}]" if ":" in host else host
