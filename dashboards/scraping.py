"""The scrape example: one process, one target."""

from typing import Any

INTERVAL = "2s"
"""Short, since a sale is short: alerts look at windows of ten seconds."""
OPS_PORTS = {"edge": 9000, "console": 9001, "checkout": 9002, "worker": 9003}


def to_document() -> dict[str, Any]:  # Any: YAML values
    """The configuration file of Prometheus; targets are one process each, never a balancer."""
    return {
        "global": {"scrape_interval": INTERVAL, "scrape_timeout": INTERVAL, "evaluation_interval": INTERVAL},
        "rule_files": ["rules.yaml"],
        "scrape_configs": [_scrape(unit, port) for unit, port in OPS_PORTS.items()],
    }


def _scrape(unit: str, port: int) -> dict[str, Any]:  # Any: as above
    return {"job_name": f"waitroom-{unit}", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
