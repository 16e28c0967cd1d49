"""The event loop that the product runs on, for the generator too."""

import asyncio
from collections.abc import Callable


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return uvloop's where it exists."""
    try:
        import uvloop  # noqa: PLC0415 - optional: it does not exist on every platform
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
