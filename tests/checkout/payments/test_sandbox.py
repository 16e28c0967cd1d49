"""The sandbox as a counterpart: deterministic, safe to repeat, with commits of its own."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from checkout.errors import OutcomeUnknownError
from checkout.payments.provider import Authorised, Captured, CaptureFailed, Declined
from checkout.payments.sandbox import KeyReusedError, Sandbox
from checkout.values import Money
from tests.checkout.conftest import Connection
from tests.checkout.fans import DECLINED, PAYS

PRICE = Money(amount=5_000, currency="usd")


@pytest.fixture
async def sandbox(database_url: str) -> AsyncIterator[Sandbox]:
    """A sandbox on the test's database."""
    sandbox = Sandbox(database_url)
    await sandbox.open()
    yield sandbox
    await sandbox.close()


async def authorise(sandbox: Sandbox, key: str = "a-key", method: str = PAYS) -> Authorised | Declined:
    """Ask for five thousand."""
    answer = await sandbox.authorise(key=key, money=PRICE, method=method, payment_id="a-payment")
    assert isinstance(answer, Authorised | Declined)
    return answer


async def authorised(sandbox: Sandbox) -> str:
    """Get five thousand reserved."""
    answer = await authorise(sandbox)
    assert isinstance(answer, Authorised)
    return answer.authorisation


async def status(database: Connection) -> list[str]:
    """What the sandbox's own books say."""
    rows = await (await database.execute("SELECT status FROM sandbox.authorisations")).fetchall()
    return [found for (found,) in rows]


@pytest.mark.parametrize(
    ("method", "code"), [(DECLINED, "card_declined"), (f"{DECLINED}InsufficientFunds", "insufficient_funds")]
)
async def test_a_method_that_declines_says_why(sandbox: Sandbox, database: Connection, method: str, code: str) -> None:
    """A decline reserves nothing."""
    assert await authorise(sandbox, method=method) == Declined(code=code, is_retryable=True)
    assert await status(database) == []


async def test_a_repeated_key_repeats_the_answer(sandbox: Sandbox, database: Connection) -> None:
    """However often a call is repeated, also at once, the money is reserved once."""
    answers = await asyncio.gather(*[authorise(sandbox) for _ in range(5)])
    assert len(set(answers)) == 1
    assert await status(database) == ["authorised"]


async def test_a_key_with_another_request_is_an_error(sandbox: Sandbox) -> None:
    """A key that means two things is a fault of ours."""
    await authorise(sandbox)
    with pytest.raises(KeyReusedError):
        await authorise(sandbox, method=DECLINED)


async def test_what_is_captured_is_captured_once(sandbox: Sandbox, database: Connection) -> None:
    """A repeated capture is the same capture; one under another key fails."""
    authorisation = await authorised(sandbox)
    for _ in range(2):
        assert await sandbox.capture(key="capture", authorisation=authorisation) == Captured()
    assert await status(database) == ["captured"]
    again = await sandbox.capture(key="another", authorisation=authorisation)
    assert again == CaptureFailed(code="authorisation_gone")


async def test_what_is_voided_cannot_be_captured(sandbox: Sandbox, database: Connection) -> None:
    """Money that was let go is gone."""
    authorisation = await authorised(sandbox)
    for key in ("void", "void", "void again"):
        await sandbox.void(key=key, authorisation=authorisation)
    failed = await sandbox.capture(key="capture", authorisation=authorisation)
    assert failed == CaptureFailed(code="authorisation_gone")
    assert await status(database) == ["voided"]


async def test_a_sandbox_that_cannot_be_reached_is_an_unknown_outcome() -> None:
    """Silence is neither yes nor no."""
    sandbox = Sandbox("postgresql://nobody@127.0.0.1:1/nothing")
    await sandbox.open()
    with pytest.raises(OutcomeUnknownError):
        await authorise(sandbox)
    await sandbox.close()


async def test_a_connection_that_died_meanwhile_is_no_unknown_outcome(sandbox: Sandbox, database: Connection) -> None:
    """After a restart of PostgreSQL the first payments are as good as any."""
    await authorise(sandbox)
    await database.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE application_name = 'waitroom sandbox' AND datname = current_database()"
    )
    await authorise(sandbox, key="another-key")
