"""The sandbox as a counterpart: deterministic, safe to repeat, with commits of its own."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from checkout.errors import OutcomeUnknownError
from checkout.payments.provider import ActionRequired, CaptureFailed, Declined
from checkout.payments.sandbox import KeyReusedError, Sandbox, SandboxMethod
from tests.checkout.conftest import Connection
from tests.checkout.payments.contract import Counterpart, ProviderContract


class SandboxCounterpart(Counterpart):
    """The sandbox, and its bank."""

    pays = SandboxMethod.PAYS
    declines = SandboxMethod.DECLINED
    needs_action = SandboxMethod.NEEDS_ACTION
    key_error = KeyReusedError

    def __init__(self, sandbox: Sandbox, database: Connection) -> None:
        self.provider = sandbox
        self._sandbox = sandbox
        self._database = database

    async def decide(self, asked: ActionRequired, *, approves: bool) -> None:
        """Press the button of the bank's page."""
        await self._sandbox.decide(asked.authorisation, approves=approves)

    async def books(self) -> list[tuple[str, int]]:
        """Read its own tables."""
        found = await self._database.execute("SELECT status, refunded FROM sandbox.authorisations")
        return [(status, refunded) for status, refunded in await found.fetchall()]


@pytest.fixture
async def counterpart(database_url: str, database: Connection) -> AsyncIterator[SandboxCounterpart]:
    """A sandbox on the test's database."""
    sandbox = Sandbox(database_url)
    await sandbox.open()
    yield SandboxCounterpart(sandbox, database)
    await sandbox.close()


class TestSandbox(ProviderContract):
    """What holds for every provider."""


@pytest.mark.parametrize(
    ("method", "code"),
    [(SandboxMethod.DECLINED, "card_declined"), (SandboxMethod.WITHOUT_FUNDS, "insufficient_funds")],
)
async def test_a_method_that_declines_says_why(counterpart: SandboxCounterpart, method: str, code: str) -> None:
    """A decline reserves nothing."""
    assert await counterpart.authorise(method) == Declined(code=code, is_retryable=True)
    assert await counterpart.books() == []


async def test_repeated_at_once_is_once(counterpart: SandboxCounterpart) -> None:
    """Calls of the same moment with one key get one answer."""
    answers = await asyncio.gather(*[counterpart.authorise() for _ in range(5)])
    assert len(set(map(str, answers))) == 1
    assert await counterpart.books() == [("authorised", 0)]


async def test_a_capture_under_another_key_fails(counterpart: SandboxCounterpart) -> None:
    """The sandbox takes what it has reserved, and has it no more."""
    authorisation = await counterpart.captured()
    again = await counterpart.provider.capture(key="another", authorisation=authorisation)
    assert again == CaptureFailed(code="authorisation_gone")


async def test_a_sandbox_that_cannot_be_reached_is_an_unknown_outcome(database: Connection) -> None:
    """Silence is neither yes nor no."""
    sandbox = Sandbox("postgresql://nobody@127.0.0.1:1/nothing")
    await sandbox.open()
    with pytest.raises(OutcomeUnknownError):
        await SandboxCounterpart(sandbox, database).authorise()
    await sandbox.close()


async def test_a_connection_that_died_meanwhile_is_no_unknown_outcome(
    counterpart: SandboxCounterpart, database: Connection
) -> None:
    """After a restart of PostgreSQL the first payments are as good as any."""
    await counterpart.authorise()
    await database.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE application_name = 'waitroom sandbox' AND datname = current_database()"
    )
    await counterpart.authorise(key="another-key")
