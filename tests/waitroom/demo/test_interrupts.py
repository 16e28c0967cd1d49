"""Ctrl-C: gracefully first, quickly then."""

import os
import signal

import pytest

from waitroom.demo.interrupts import Interrupts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_interrupts_and_the_second_hurries(number: signal.Signals) -> None:
    """The first unwinds what is open; a second does not cut the unwinding short but hurries it."""
    hurried: list[str] = []
    with Interrupts() as interrupts:
        interrupts.hurry_with(lambda: hurried.append("now"))
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        assert hurried == []
        os.kill(os.getpid(), number)
    assert hurried == ["now"]


def test_the_handlers_of_before_come_back() -> None:
    """Who used the signals before has them again."""
    before = signal.getsignal(signal.SIGTERM)
    with Interrupts():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
