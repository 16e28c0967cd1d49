"""Cores: the server has one for itself, so that it is what is measured."""

import os
from pathlib import Path

PROC = Path("/proc")
ALL = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else frozenset[int]()


def pin(core: int | None, *, process_id: int = 0) -> None:
    """Keep a process (by default this one) on one core, where the system can."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process_id, {core})


def unpin() -> None:
    """Let this process run again wherever it might at its start."""
    if ALL:
        os.sched_setaffinity(0, ALL)


def choose_cores() -> tuple[int | None, int | None]:
    """Return a core for the server and another for the rest, or None for both where there is only one."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    cores = sorted(os.sched_getaffinity(0))
    return (cores[0], cores[1]) if len(cores) > 1 else (None, None)


def cpu_seconds(process_id: int) -> float | None:
    """Return the processor time of a process and its children so far, None where the system does not tell."""
    if not (PROC / "self" / "stat").exists():
        return None
    return sum(_own_ticks(each) for each in _family(process_id)) / os.sysconf("SC_CLK_TCK")


def _own_ticks(process_id: int) -> int:
    # The name, in brackets, may hold anything; user and system time are the 12th and 13th fields after it.
    fields = (PROC / str(process_id) / "stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _family(process_id: int) -> list[int]:
    tasks = (PROC / str(process_id) / "task").iterdir()
    children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return [process_id, *(each for child in children for each in _family(child))]
