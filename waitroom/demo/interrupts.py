"""Ctrl-C and SIGTERM: the first asks for a graceful end, the second for a quick one."""

import signal
from collections.abc import Callable
from types import FrameType
from typing import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Raise KeyboardInterrupt at the first signal; call `hurry` at each later one."""

    def __init__(self) -> None:
        self._count = 0
        self._hurries: list[Callable[[], None]] = []

    def hurry_with(self, hurry: Callable[[], None]) -> None:
        """Call this at the second signal: something that ends a wait."""
        self._hurries.append(hurry)

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._handle) for number in SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._count += 1
        if self._count == 1:
            raise KeyboardInterrupt
        for hurry in self._hurries:
            hurry()
