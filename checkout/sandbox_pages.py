"""The page of the sandbox's bank: what a buyer's bank would show, with a button for each way it can end."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from checkout.errors import OutcomeUnknownError
from checkout.forms import go_to
from checkout.payments.sandbox import Sandbox
from checkout.rendering import Renderer
from checkout.services import services_of
from checkout.values import Document, Money
from waitroom.web.problems import Problem


class SandboxPages:
    """What the sandbox's bank asks, and where it leads back to."""

    def __init__(self, renderer: Renderer, sandbox: Sandbox) -> None:
        self._renderer = renderer
        self._sandbox = sandbox

    async def show(self, request: Request) -> Response:
        """Ask the buyer to approve; looking at the page decides nothing."""
        authorisation = request.path_params["authorisation"]
        found = await self._find(authorisation)
        values = {
            "total": Money.of(found),
            "is_open": found["status"] == "needs_action",
            "authorisation": authorisation,
            "back": await _way_back(request),
        }
        return self._renderer.page("bank.html", values)

    async def decide(self, request: Request) -> Response:
        """Take the buyer's word, once, and lead back to the shop, which asks us what was said."""
        decision = (await request.form()).get("decision")
        if decision not in {"approve", "refuse"}:
            raise Problem("malformed-body")
        authorisation = request.path_params["authorisation"]
        await self._find(authorisation)
        await self._sandbox.decide(authorisation, approves=decision == "approve")
        return go_to(await _way_back(request))

    async def _find(self, authorisation: str) -> Document:
        try:
            found = await self._sandbox.find(authorisation)
        except OutcomeUnknownError:
            raise Problem("checkout-unavailable") from None
        if found is None:
            raise Problem("not-found")
        return found


def sandbox_routes(renderer: Renderer, sandbox: Sandbox) -> list[BaseRoute]:
    """The addresses that there are with the sandbox alone."""
    pages = SandboxPages(renderer, sandbox)
    return [
        Route("/sandbox/{authorisation}", pages.show),
        Route("/sandbox/{authorisation}", pages.decide, methods=["POST"]),
    ]


async def _way_back(request: Request) -> str:
    # A real bank is told by the call that asks it; the sandbox's is in this process and asks the order.
    order = await services_of(request).orders.of_reference(request.path_params["authorisation"])
    if order is None:
        raise Problem("not-found")
    return f"/events/{order['event']}/holds/{order['hold_id']}/confirm"
