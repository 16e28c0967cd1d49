"""The sandbox with something going wrong at a chosen moment."""

from collections.abc import Awaitable, Callable

from checkout.payments.provider import (
    ActionRequired,
    Authorised,
    Captured,
    CaptureFailed,
    Declined,
    Method,
    Refunded,
    RefundFailed,
    Voided,
)
from checkout.payments.sandbox import Sandbox
from checkout.services import Services
from checkout.values import Money

Act = Callable[[], Awaitable[None]]


class Interfered:
    """A provider that is the sandbox, but for what a test makes happen before or after a step."""

    name = "sandbox"

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.before: dict[str, Act] = {}
        self.after: dict[str, Act] = {}

    async def open(self) -> None:
        """As the sandbox."""

    async def close(self) -> None:
        """As the sandbox."""

    async def why_not_ready(self) -> str | None:
        """As the sandbox."""
        return await self._sandbox.why_not_ready()

    def methods(self) -> tuple[Method, ...]:
        """As the sandbox."""
        return self._sandbox.methods()

    def accepts(self, method: str) -> bool:
        """As the sandbox."""
        return self._sandbox.accepts(method)

    async def authorise(
        self, *, key: str, money: Money, method: str, payment_id: str
    ) -> Authorised | Declined | ActionRequired:
        """As the sandbox, with the interference."""
        await self._happen(self.before, "authorise")
        answer = await self._sandbox.authorise(key=key, money=money, method=method, payment_id=payment_id)
        await self._happen(self.after, "authorise")
        return answer

    async def look_up(self, *, authorisation: str) -> Authorised | Declined | ActionRequired | Captured | Voided:
        """As the sandbox, with the interference."""
        await self._happen(self.before, "look_up")
        return await self._sandbox.look_up(authorisation=authorisation)

    async def capture(self, *, key: str, authorisation: str) -> Captured | CaptureFailed:
        """As the sandbox, with the interference."""
        await self._happen(self.before, "capture")
        answer = await self._sandbox.capture(key=key, authorisation=authorisation)
        await self._happen(self.after, "capture")
        return answer

    async def void(self, *, key: str, authorisation: str) -> None:
        """As the sandbox, with the interference."""
        await self._happen(self.before, "void")
        await self._sandbox.void(key=key, authorisation=authorisation)
        await self._happen(self.after, "void")

    async def refund(self, *, key: str, authorisation: str, money: Money) -> Refunded | RefundFailed:
        """As the sandbox, with the interference."""
        await self._happen(self.before, "refund")
        answer = await self._sandbox.refund(key=key, authorisation=authorisation, money=money)
        await self._happen(self.after, "refund")
        return answer

    async def _happen(self, when: dict[str, Act], step: str) -> None:
        if step in when:
            await when[step]()


def interfere(services: Services) -> Interfered:
    """Put oneself between the purchase and the sandbox."""
    assert isinstance(services.provider, Sandbox)
    interfered = Interfered(services.provider)
    services.buying._purchase._provider = services.refunds._provider = interfered
    return interfered
