"""The sandbox with something going wrong at a chosen moment."""

from collections.abc import Awaitable, Callable

from checkout.payments.provider import ActionRequired, Authorised, Captured, CaptureFailed, Declined, Method
from checkout.payments.sandbox import Sandbox
from checkout.services import Services
from checkout.values import Document, Money

Act = Callable[[], Awaitable[None]]


class Interfered:
    """A provider that is the sandbox, but for what a test makes happen before or after a step."""

    name = "sandbox"

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.before: dict[str, Act] = {}
        self.after: dict[str, Act] = {}
        self.next_action: Document | None = None

    def methods(self) -> tuple[Method, ...]:
        """As the sandbox."""
        return self._sandbox.methods()

    def accepts(self, method: str) -> bool:
        """As the sandbox."""
        return self._sandbox.accepts(method)

    async def authorise(
        self, *, key: str, money: Money, method: str, order_reference: str
    ) -> Authorised | Declined | ActionRequired:
        """As the sandbox, with the interference."""
        await self._happen(self.before, "authorise")
        answer = await self._sandbox.authorise(key=key, money=money, method=method, order_reference=order_reference)
        await self._happen(self.after, "authorise")
        return answer if self.next_action is None else ActionRequired(next_action=self.next_action)

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

    async def _happen(self, when: dict[str, Act], step: str) -> None:
        if step in when:
            await when[step]()


def interfere(services: Services) -> Interfered:
    """Put oneself between the purchase and the sandbox."""
    assert isinstance(services.provider, Sandbox)
    interfered = Interfered(services.provider)
    services.purchase._provider = interfered
    return interfered
