"""What costs nothing is paid without asking a provider: none takes, or gives back, an amount of zero."""

from checkout.payments.provider import Authorised, Captured, Refunded
from checkout.values import Money


class Free:
    """Stands in for the provider where no money moves."""

    async def authorise(
        self,
        *,
        key: str,  # noqa: ARG002 - the port's signature
        money: Money,  # noqa: ARG002 - as above
        method: str,  # noqa: ARG002 - as above
        payment_id: str,
    ) -> Authorised:
        """Reserve nothing."""
        return Authorised(authorisation=f"free_{payment_id}")

    async def capture(self, *, key: str, authorisation: str) -> Captured:  # noqa: ARG002 - as above
        """Take nothing."""
        return Captured()

    async def void(self, *, key: str, authorisation: str) -> None:
        """Let nothing go."""

    async def refund(self, *, key: str, authorisation: str, money: Money) -> Refunded:  # noqa: ARG002 - as above
        """Give nothing back."""
        return Refunded(reference=f"free_{key}")


FREE = Free()
