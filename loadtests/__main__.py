"""`make load`: a small on-sale of its own, fans from the lobby to the ticket, a verdict and an exit code."""

import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path

from loadtests.onsale import NAME, OnSale, SaleOptions, clean_environment, run_sale
from loadtests.shapes import RELEASE

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
MARGIN_SECONDS = 60


def main(arguments: list[str] | None = None) -> int:
    """Run the scenario against an on-sale of its own; returns locust's exit code."""
    parser = ArgumentParser(prog="python -m loadtests", description=__doc__)
    parser.add_argument("--scenario", default="patient", help="the kind of fans (default: patient)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="waitroom-load-") as name:
        sys.stdout.write("Starting the stores, the edge and the checkout ...\n")
        with run_sale(Path(name), SaleOptions()) as sale:
            sys.stdout.write(f"{RELEASE.arrivals} fans arrive within {RELEASE.seconds:.0f} s.\n")
            sys.stdout.flush()
            return run_locust(sale, scenario=options.scenario)


def run_locust(sale: OnSale, *, scenario: str) -> int:
    """Run locust in a process of its own, since it patches everything for gevent."""
    addresses = {
        "LOADTEST_SCENARIO": scenario,
        "LOADTEST_EDGE": sale.edge_url,
        "LOADTEST_CHECKOUT": sale.checkout_url,
        "LOADTEST_ROOM": NAME,
    }
    options = ["--headless", "--only-summary", "--loglevel", "WARNING"]
    done = subprocess.run(  # noqa: S603 - our own locustfile
        [sys.executable, "-m", "locust", "-f", LOCUSTFILE, *options],
        env=clean_environment() | addresses,
        timeout=RELEASE.limit_seconds + MARGIN_SECONDS,
        check=False,
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
