"""SIGKILL at every boundary of a purchase, of its recovery and of a refund: afterwards the books agree.

A boundary is before or after a call to the provider, or one of our own statements that commits. No money is kept
without a ticket, no ticket is given without money, and the call that died has an answer under its key.
"""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from pydantic import SecretStr

from checkout.ledger import Ledger
from checkout.payments.sandbox import Sandbox, SandboxMethod
from checkout.recovery import Recovery
from checkout.services import Services
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.dying import SURVIVED
from tests.checkout.fans import Fan, a_key
from tests.checkout.sweep import Sweep, expire
from tests.checkout.test_recovery import decide, let_time_pass, open_cases, standing
from waitroom.settings import Settings

pytestmark = [pytest.mark.chaos, pytest.mark.usefixtures("sweep")]

Life = dict[str, Any]  # Any: JSON
SOLD = ("payments.secure", "capture", "payments.settle_captured")
PAYING = ("payments.open", "authorise", *SOLD, "payments.finish_call")
DECLINED = ("authorise", "payments.settle_declined", "payments.finish_call")
ASKED = ("payments.settle_needs_action", "payments.finish_call")
CONFIRMING = ("payments.begin_confirm", "look_up", *SOLD)
VOIDING = ("payments.secure", "void", "payments.settle_voided", "payments.finish_call")
BROKEN_WORD = ("capture", "payments.settle_capture_failed", "void", "payments.settle_voided")
LOOKING = ("payments.find", "authorise", *SOLD, "payments.finish_call")
REFUNDING = ("refunds.open", "refund", "refunds.settle_refunded")


def at(steps: tuple[str, ...]) -> list[str]:
    """The boundaries of these steps: what lies before the one is what lies after the one before it."""
    return [f"before {steps[0]}", *[f"after {step}" for step in steps]]


class Mortal(Protocol):
    """Lives a life in a process of its own, and returns the signal that ended it."""

    async def __call__(self, failpoint: str, **life: Any) -> int:  # Any: JSON
        """Live and die."""
        ...


@pytest.fixture(scope="module")
def zygote() -> Iterator[subprocess.Popen[str]]:
    """The process that forks a life at a time."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.checkout.dying"],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def mortal(zygote: subprocess.Popen[str], checkout_settings: Settings) -> Mortal:
    """Whoever dies."""
    settings = {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in checkout_settings.model_dump(exclude_defaults=True).items()
    }

    async def live(failpoint: str, **life: Any) -> int:  # Any: JSON
        assert zygote.stdin is not None
        assert zygote.stdout is not None
        zygote.stdin.write(json.dumps(life | {"failpoint": failpoint, "settings": settings}, default=str) + "\n")
        zygote.stdin.flush()
        return int(await asyncio.to_thread(zygote.stdout.readline))

    return live


@pytest.fixture
async def after_death(services: Services, database: Connection) -> AsyncIterator[Recovery]:
    """Recovery by another process; when the test is over, books and bank agree and nothing waits."""
    assert isinstance(services.provider, Sandbox)
    yield Recovery(services.database, services.provider, services.buying, services.refunds)
    ledger = Ledger(services.database)
    assert await ledger.check() == []
    assert await ledger.check_provider(services.provider) == []
    assert await ledger.waiting() == []
    assert [kind for kind in await open_cases(database) if kind != "capture-failed"] == []


async def settle(recovery: Recovery, database: Connection) -> None:
    """Let time pass and somebody look until nothing is due."""
    await let_time_pass(database)
    while await recovery.look():
        await let_time_pass(database)


def buying(fan: Fan, hold_id: str, *, key: str, method: str = SandboxMethod.PAYS) -> Life:
    """The call that buys."""
    body = {"hold_id": hold_id, "email": "fan@example.org", "payment_method": method}
    headers = {"Authorization": f"Bearer {fan.session}", "Idempotency-Key": key}
    return {"act": "call", "path": "/v1/orders", "body": body, "headers": headers}


async def answer_after_all(fan: Fan, hold_id: str, database: Connection, *, key: str, method: str) -> str:
    """Repeat the call with its key, half a minute later: the state that it answers."""
    await database.execute("UPDATE idempotency_keys SET started_at = started_at - interval '31 seconds'")
    body = {"hold_id": hold_id, "email": "fan@example.org", "payment_method": method}
    answer = await fan.call("POST", "/v1/orders", body, key=key)
    return str(answer.json().get("status" if answer.status_code < 400 else "type"))


@pytest.mark.parametrize("failpoint", at(PAYING))
async def test_a_checkout_killed_while_it_pays(
    fan: Fan, mortal: Mortal, after_death: Recovery, database: Connection, failpoint: str
) -> None:
    """Whatever was begun is finished by another; the same key gets the tickets, and the card is charged once."""
    hold_id, key = await fan.held(), a_key()
    assert await mortal(failpoint, **buying(fan, hold_id, key=key)) == signal.SIGKILL
    await settle(after_death, database)
    assert await answer_after_all(fan, hold_id, database, key=key, method=SandboxMethod.PAYS) == "paid"
    assert await standing(database) == [("paid", "captured", "captured")]


@pytest.mark.parametrize("failpoint", at(DECLINED))
async def test_a_checkout_killed_while_a_card_is_declined(
    fan: Fan, mortal: Mortal, after_death: Recovery, database: Connection, failpoint: str
) -> None:
    """The hold is kept and another card may be tried."""
    hold_id, key = await fan.held(), a_key()
    life = buying(fan, hold_id, key=key, method=SandboxMethod.DECLINED)
    assert await mortal(failpoint, **life) == signal.SIGKILL
    await settle(after_death, database)
    told = await answer_after_all(fan, hold_id, database, key=key, method=SandboxMethod.DECLINED)
    assert told.removeprefix("/problems/") in {"payment-declined", "402"}
    assert (await fan.buy(hold_id)).status_code == 201


@pytest.mark.parametrize("failpoint", at(ASKED))
async def test_a_checkout_killed_while_the_bank_asks_the_buyer(
    fan: Fan, mortal: Mortal, services: Services, after_death: Recovery, database: Connection, failpoint: str
) -> None:
    """The question stands, and the approval is enough."""
    hold_id, key = await fan.held(), a_key()
    life = buying(fan, hold_id, key=key, method=SandboxMethod.NEEDS_ACTION)
    assert await mortal(failpoint, **life) == signal.SIGKILL
    await decide(services, database, approves=True)
    await settle(after_death, database)
    assert await standing(database) == [("paid", "captured", "captured")]


@pytest.mark.parametrize("failpoint", at(CONFIRMING))
async def test_a_checkout_killed_while_the_buyer_confirms(
    fan: Fan, mortal: Mortal, services: Services, after_death: Recovery, database: Connection, failpoint: str
) -> None:
    """The approval is not lost."""
    order_id = (await fan.buy(await fan.held(), SandboxMethod.NEEDS_ACTION)).json()["order_id"]
    await decide(services, database, approves=True)
    headers = {"Authorization": f"Bearer {fan.session}"}
    life: Life = {"act": "call", "path": f"/v1/orders/{order_id}/confirm", "body": None, "headers": headers}
    assert await mortal(failpoint, **life) == signal.SIGKILL
    await settle(after_death, database)
    assert (await fan.call("POST", f"/v1/orders/{order_id}/confirm")).json()["status"] == "paid"


@pytest.mark.parametrize("failpoint", at(VOIDING))
async def test_a_worker_killed_while_it_lets_money_go(
    make_fan: MakeFan, mortal: Mortal, after_death: Recovery, database: Connection, failpoint: str
) -> None:
    """The seats are another's, so no money moves, however often whoever lets it go dies."""
    slow, quick = await make_fan(), await make_fan()
    hold_id = await slow.held(3, "balcony")
    await slow.buy(hold_id, SandboxMethod.SILENT)
    await expire(database, hold_id)
    assert (await quick.bought(3, "balcony")).status_code == 201
    await let_time_pass(database)
    assert await mortal(failpoint, act="look") == signal.SIGKILL
    await settle(after_death, database)
    assert (await standing(database))[0] == ("expired", "voided", "voided")


@pytest.mark.parametrize("failpoint", at(LOOKING))
async def test_a_worker_killed_while_it_settles(
    fan: Fan, mortal: Mortal, after_death: Recovery, database: Connection, failpoint: str
) -> None:
    """A second death in the middle of a recovery changes nothing."""
    hold_id, key = await fan.held(), a_key()
    await fan.buy(hold_id, SandboxMethod.SILENT, key=key)
    await let_time_pass(database)
    assert await mortal(failpoint, act="look") == signal.SIGKILL
    await settle(after_death, database)
    assert await answer_after_all(fan, hold_id, database, key=key, method=SandboxMethod.SILENT) == "paid"


@pytest.mark.parametrize("failpoint", at(BROKEN_WORD))
async def test_a_checkout_killed_while_a_bank_breaks_its_word(
    fan: Fan, mortal: Mortal, after_death: Recovery, database: Connection, failpoint: str
) -> None:
    """The order is voided, its seats are free, and nothing stays reserved."""
    life = buying(fan, await fan.held(), key=a_key(), method=SandboxMethod.CAPTURE_FAILS)
    assert await mortal(failpoint, **life) == signal.SIGKILL
    await settle(after_death, database)
    assert await standing(database) == [("voided", "failed", "voided")]
    assert await open_cases(database) == ["capture-failed"]


@pytest.mark.parametrize("failpoint", at(REFUNDING))
async def test_a_checkout_killed_while_it_gives_money_back(
    fan: Fan, mortal: Mortal, services: Services, after_death: Recovery, database: Connection, failpoint: str
) -> None:
    """The money goes back once."""
    order_id = (await fan.bought(2)).json()["order_id"]
    assert await mortal(failpoint, act="refund", order_id=order_id) == signal.SIGKILL
    await settle(after_death, database)
    await services.refunds.refund(order_id, lines=None, reason="rain", key="the-key-of-the-refund")
    row = await (await database.execute("SELECT sum(refunded) FROM sandbox.authorisations")).fetchone()
    assert row == (10_000,)
    assert (await standing(database))[0][0] == "refunded"


async def test_without_a_failpoint_nobody_dies(fan: Fan, mortal: Mortal, after_death: Recovery, sweep: Sweep) -> None:
    """The control: a life that does not come to its failpoint ends in order."""
    life = buying(fan, await fan.held(), key=a_key())
    assert await mortal("before void", **life) == SURVIVED
    assert await sweep.count("SELECT count(*) FROM orders WHERE status = 'paid'") == 1
    assert isinstance(after_death, Recovery)


async def test_without_the_row_of_the_call_money_is_kept_for_nothing(
    fan: Fan, mortal: Mortal, services: Services, database: Connection
) -> None:
    """The control: were the call not written down before it is made, nobody would know of the reservation."""
    life = buying(fan, await fan.held(), key=a_key())
    assert await mortal("after authorise", **life) == signal.SIGKILL
    await database.execute("DELETE FROM payment_attempts")
    assert isinstance(services.provider, Sandbox)
    recovery = Recovery(services.database, services.provider, services.buying, services.refunds)
    await settle(recovery, database)
    assert await standing(database) == [("authorising", "started", "authorised")]
