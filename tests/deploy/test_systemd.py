"""The units start what exists, without privileges."""

from configparser import ConfigParser
from pathlib import Path

import pytest

from waitroom.cli import main

UNITS = sorted((Path(__file__).parents[2] / "deploy" / "systemd").glob("*.service"))
INSTANCE = "00"
PORTS = {"worker": [9000]}
"""A worker has no port but its ops port."""


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_run_a_command_that_exists(path: Path) -> None:
    """The command and its options are ours, with ports that can be listened on."""
    _, name, *options = _service(path)["ExecStart"].replace("%i", INSTANCE).split()
    command = main.get_command(None, name)  # type: ignore[arg-type] # our group needs no context for its names

    assert command is not None
    assert f"waitroom-{name}@.service" == path.name
    assert {text for text in options if text.startswith("--")} <= {text for p in command.params for text in p.opts}
    assert [int(text) for text in options if text.isdigit()] == PORTS.get(name, [8000, 9000])


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_have_no_privileges(path: Path) -> None:
    """A unit runs as nobody in particular, keeps no capability, and writes to its state folder alone."""
    service = _service(path)

    assert service["DynamicUser"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert service["ProtectSystem"] == "strict"
    assert service["Environment"] == "WAITROOM_STATE_DIR=/var/lib/" + service["StateDirectory"]


def _service(path: Path) -> dict[str, str]:
    unit = ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign] # the way configparser documents
    unit.read_string(path.read_text())
    return dict(unit["Service"])
