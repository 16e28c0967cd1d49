"""Write the Grafana and Prometheus files; `--check` writes nothing and fails when one is stale."""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from dashboards import rules, scraping
from dashboards.night import build_night, to_json

FOLDER = Path(__file__).parent
HEADER = "# Written by `make dashboards` from dashboards/{module}.py; change it there.\n"


def documents() -> Mapping[Path, str]:
    """Every generated file and what belongs in it."""
    return {
        FOLDER / "grafana" / "night.json": to_json(build_night()),
        FOLDER / "prometheus" / "rules.yaml": _to_yaml(rules.to_document(), module="rules"),
        FOLDER / "prometheus" / "prometheus.yaml": _to_yaml(scraping.to_document(), module="scraping"),
    }


def stale(expected: Mapping[Path, str]) -> list[Path]:
    """The files that are missing or not what the code would write."""
    return [path for path, text in expected.items() if not path.exists() or path.read_text() != text]


def write(expected: Mapping[Path, str]) -> None:
    """Write the files, making their folders."""
    for path, text in expected.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def main(arguments: list[str] | None = None) -> int:
    """Write or check; the exit code is 1 when a check finds stale files."""
    parser = ArgumentParser(prog="python -m dashboards.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a file is stale, and write nothing")
    options = parser.parse_args(arguments)
    outdated = stale(documents())
    if not options.check:
        write(documents())
    for path in outdated:
        sys.stderr.write(f"{path.relative_to(FOLDER.parent)} {'is stale' if options.check else 'written'}\n")
    if options.check and outdated:
        sys.stderr.write("Run `make dashboards` and commit the result.\n")
        return 1
    return 0


def _to_yaml(document: dict[str, Any], *, module: str) -> str:  # Any: YAML values
    return HEADER.format(module=module) + yaml.safe_dump(document, sort_keys=False, width=110, allow_unicode=True)


if __name__ == "__main__":
    sys.exit(main())
