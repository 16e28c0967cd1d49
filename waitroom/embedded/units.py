"""Whether a unit of ours, started as a child, can serve."""

import http.client

from waitroom.embedded.ports import LOOPBACK

PATIENCE_SECONDS = 2.0


def is_unit_ready(ops_port: int) -> bool:
    """Ask `/readyz` on the unit's ops port; no answer is a no."""
    connection = http.client.HTTPConnection(LOOPBACK, ops_port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
