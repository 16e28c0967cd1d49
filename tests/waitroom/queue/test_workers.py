"""Workers: processes for what is large, threads for what is not, and for all once a process is lost."""

import os
import signal

import pytest

from waitroom.queue.workers import Workers


def whoami() -> int:
    """The process that this runs in."""
    return os.getpid()


def die() -> None:
    """End the process as a kill by the system does."""
    os.kill(os.getpid(), signal.SIGKILL)


def refuse() -> None:
    """Fail as a function may."""
    raise ValueError("no")


async def test_what_is_small_stays_in_this_process() -> None:
    """A few are done in a thread."""
    assert await Workers().run(whoami, is_large=False) == os.getpid()


async def test_what_is_large_goes_to_a_process() -> None:
    """Many are done beside this process, also after a rest."""
    workers = Workers()
    try:
        assert await workers.run(whoami, is_large=True) != os.getpid()
        workers.rest()
        assert await workers.run(whoami, is_large=True) != os.getpid()
    finally:
        workers.close()


async def test_an_error_comes_back() -> None:
    """What a function raises in a process is raised here, and the processes stay."""
    workers = Workers()
    try:
        with pytest.raises(ValueError, match="no"):
            await workers.run(refuse, is_large=True)
        assert await workers.run(whoami, is_large=True) != os.getpid()
    finally:
        workers.close()


async def test_a_lost_process_costs_speed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a process is killed the call is done again in a thread, and so are those that come later."""
    workers, parent = Workers(), os.getpid()
    monkeypatch.setattr(os, "kill", lambda pid, _signal: pid == parent)
    try:
        # In the worker `os.kill` is the system's own; in the thread of this process it is the one above.
        await workers.run(die, is_large=True)
        assert await workers.run(whoami, is_large=True) == parent
    finally:
        workers.close()
