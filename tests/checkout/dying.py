"""A process that lives through a part of a purchase and dies by signal 9 at the failpoint it is given.

It reads a JSON line for each life and forks, so that nothing is imported anew; it answers the signal that the life
ended by. A failpoint is `before X` or `after X`, where X is a call to the provider or a statement of ours: the seams
are patched here, since no such switch ships.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from checkout.app import create_app
from checkout.database import Database
from checkout.payments.sandbox import Sandbox
from checkout.services import Services
from checkout.sql import statements
from checkout.till import make_till
from waitroom.settings import Settings

CALLS = ("authorise", "look_up", "capture", "void", "refund")
SURVIVED = 0


def main() -> None:
    """Live a life for each line."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            life = json.loads(line)
            asyncio.run(live(life))
            os._exit(SURVIVED)
        _, status = os.waitpid(child, 0)
        ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)
        sys.stdout.write(f"{ended_by}\n")
        sys.stdout.flush()


async def live(life: dict[str, Any]) -> None:  # Any: JSON
    """Do what the life is for; whoever comes to the failpoint dies there."""
    die_at(life["failpoint"])
    app = create_app(Settings(**life["settings"]))
    services: Services = app.state.services
    async with app.router.lifespan_context(app):
        match life["act"]:
            case "call":
                transport = httpx.ASGITransport(app)
                async with httpx.AsyncClient(transport=transport, base_url="http://checkout.test") as client:
                    await client.post(life["path"], json=life["body"], headers=life["headers"])
            case "look":
                till = make_till(
                    services.settings, services.database, services.sessions._room, metrics=services.metrics
                )
                await till.provider.open()
                await till.recovery.look()
            case "refund":
                await services.refunds.refund(life["order_id"], lines=None, reason="rain", key="the-key-of-the-refund")


def die_at(failpoint: str) -> None:
    """Patch the seams."""
    when, _, what = failpoint.partition(" ")
    if what in CALLS:
        setattr(Sandbox, what, _dying(getattr(Sandbox, what), when))
        return
    subject, _, verb = what.partition(".")
    statement = statements(subject)[verb]
    real = Database.call

    async def call(self: Database, asked: Any, values: Any) -> Any:  # Any: as `Database.call`
        if asked != statement:
            return await real(self, asked, values)
        return await _dying(real, when)(self, asked, values)

    setattr(Database, "call", call)  # noqa: B010 - mypy would call it an assignment to a method, which it is


def _dying(real: Callable[..., Awaitable[Any]], when: str) -> Callable[..., Awaitable[Any]]:  # Any: whatever it wraps
    async def dying(*arguments: Any, **named: Any) -> Any:  # Any: as above
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        await real(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return dying


if __name__ == "__main__":
    main()
