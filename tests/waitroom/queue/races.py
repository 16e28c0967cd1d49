"""Starting many calls at the same moment, taking guards away, and counting moments in sliding windows."""

import asyncio
import hashlib
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import pytest

from waitroom.queue import connection
from waitroom.queue.scripts import Script

T = TypeVar("T")


async def at_once(*calls: Callable[[], Awaitable[T]]) -> list[T]:
    """Start all calls at a barrier and return their answers in order."""
    barrier = asyncio.Barrier(len(calls))

    async def one(call: Callable[[], Awaitable[T]]) -> T:
        await barrier.wait()
        return await call()

    return list(await asyncio.gather(*(one(call) for call in calls)))


def disarm(monkeypatch: pytest.MonkeyPatch, guard: str, instead: str) -> None:
    """Take a guard out of every script that has it; a guard that no script has is a mistake of the test."""
    scripts = connection.load_scripts()  # type: ignore[attr-defined] # what `Connection` calls, whole or broken
    assert any(guard in script.text for script in scripts.values()), f"no script has {guard!r}"
    broken = {name: _with_text(script, script.text.replace(guard, instead)) for name, script in scripts.items()}
    monkeypatch.setattr(connection, "load_scripts", lambda: broken)


def break_script(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    """Put a text that is no good in a script's place."""
    scripts = connection.load_scripts()  # type: ignore[attr-defined] # as above
    broken = scripts | {name: _with_text(scripts[name], text)}
    monkeypatch.setattr(connection, "load_scripts", lambda: broken)


def _with_text(script: Script, text: str) -> Script:
    return Script(script.name, text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


def overfull(moments: Sequence[float], *, per_second: float, depth: float, windows: Sequence[float]) -> list[str]:
    """Name the windows of so many seconds that hold more than `w * rate + depth` of these moments (in seconds)."""
    ordered = sorted(moments)
    found = []
    for window in windows:
        for index, start in enumerate(ordered):
            held = bisect_right(ordered, start + window + 1e-9) - index
            if held > window * per_second + depth + 1e-6:
                found.append(f"{held} in {window} s from {start}")
                break
    return found
