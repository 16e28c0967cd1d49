"""Cores: the server has one for itself, so that it is what is measured."""

import os


def pin(core: int | None, *, process_id: int = 0) -> None:
    """Keep a process (by default this one) on one core, where the system can."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process_id, {core})


def choose_cores() -> tuple[int | None, int | None]:
    """Return a core for the server and another for the rest, or None for both where there is only one."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    cores = sorted(os.sched_getaffinity(0))
    return (cores[0], cores[1]) if len(cores) > 1 else (None, None)
