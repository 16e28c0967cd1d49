"""Processor time is that of a process and of all its children."""

import os
import subprocess
import sys

import pytest

from loadtests.benchmarks.cores import choose_cores, cpu_seconds

BUSY_CHILD = """
import subprocess, sys, time
def work():
    until = time.process_time() + 0.3
    while time.process_time() < until: pass
if len(sys.argv) > 1:
    work(); print("done", flush=True); sys.stdin.read()
else:
    child = subprocess.Popen([sys.executable, __file__, "child"])
    work(); print("done", flush=True); sys.stdin.read()
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="the system does not tell")  # noqa: PTH110
def test_children_count(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A server that works in a child of its own is charged for it."""
    script = tmp_path_factory.mktemp("busy") / "busy.py"
    script.write_text(BUSY_CHILD)
    with subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as busy:
        assert busy.stdout is not None
        for _ in range(2):
            assert busy.stdout.readline() == b"done\n"
        worked = cpu_seconds(busy.pid)
        busy.communicate()

    assert worked is not None
    assert worked >= 0.55


def test_server_and_generator_never_share_a_core() -> None:
    """Two cores, or no pinning at all."""
    server, other = choose_cores()

    assert (server is None and other is None) or server != other
