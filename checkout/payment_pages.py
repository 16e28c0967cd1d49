"""The pages of a hold: the seats that are kept, the way to pay, and what the bank may ask for in between."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from checkout import calls
from checkout.answers import Answer
from checkout.forms import form_key, go_to, new_key, read_form, typed
from checkout.holds import Hold
from checkout.rendering import STRIPE_HEADERS, Renderer
from checkout.requests import OrderBody
from checkout.services import Services, services_of, session_of
from checkout.values import Document
from waitroom.web.languages import wanted_locale
from waitroom.web.problems import Problem

ACTION_REQUIRED = "/problems/payment-action-required"


class PaymentPages:
    """Keep, pay, go to the bank and come back."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    async def show_hold(self, request: Request) -> Response:
        """Show the seats that are kept, for how long, and the way to pay."""
        return await self._hold_page(request, await _own_hold(request))

    async def refresh_hold(self, request: Request) -> Response:
        """Keep the seats for longer."""
        try:
            await calls.refresh_hold(request)
        except Problem as problem:
            return await self._hold_page(request, await _own_hold(request), refusal=problem.to_json())
        return go_to(request.url.path.removesuffix("/refresh"))

    async def release_hold(self, request: Request) -> Response:
        """Give the seats back and choose again."""
        await calls.release_hold(request)
        return go_to(f"/events/{request.path_params['event']}")

    async def pay(self, request: Request) -> Response:
        """Buy the held seats; what was typed stays when the payment is declined."""
        form = await request.form()
        hold = await _own_hold(request)
        try:
            locale = wanted_locale(request.headers.get("accept-language", ""))
            body = read_form(form, OrderBody, hold_id=hold.hold_id, **({"locale": locale} if locale else {}))
            answer = await calls.buy(request, body, key=form_key(form))
        except Problem as problem:
            return await self._hold_page(request, hold, refusal=problem.to_json(), form=form)
        return await self._lead_on(request, answer, form=form)

    async def confirm(self, request: Request) -> Response:
        """Go on after the bank; a bank leads back here by an address, so looking at it does the same as the button."""
        hold = await _own_hold(request)
        order = await services_of(request).orders.of_hold(session_of(request).session_id, hold.hold_id)
        if order is None:
            return go_to(_address(hold))
        request.path_params["order"] = order["order_id"]
        try:
            answer = await calls.confirm(request)
        except Problem as problem:
            if problem.name != "nothing-to-confirm":
                raise
            return go_to(_address(hold) if order["status"] == "awaiting_payment" else order_page(order))
        return await self._lead_on(request, answer)

    async def _lead_on(self, request: Request, answer: Answer, *, form: FormData | None = None) -> Response:
        # Cases: the bank has a page of its own, or asks on ours; refused; the order is what there is to see.
        hold = await _own_hold(request)
        if answer.body.get("type") == ACTION_REQUIRED:
            return go_to(answer.body["next_action"].get("url") or _address(hold))
        if answer.status >= 400:
            return await self._hold_page(request, hold, refusal=answer.body, form=form)
        return go_to("/orders/" + answer.body["order_url"].rpartition("/")[2])

    async def _hold_page(
        self, request: Request, hold: Hold, *, refusal: Document | None = None, form: FormData | None = None
    ) -> Response:
        services = services_of(request)
        order = await services.orders.of_hold(session_of(request).session_id, hold.hold_id)
        values = {
            "hold": hold,
            "methods": services.provider.methods(),
            "sandbox": services.provider.name == "sandbox",
            "stripe_key": _stripe_key(services),
            "key": new_key(),
            "problem": refusal,
            "email": typed(form, "email"),
            "method": typed(form, "payment_method"),
            "order_url": None if order is None else order_page(order),
            "order": order,
            "action": await _wanted(services, order),
        }
        headers = STRIPE_HEADERS if values["stripe_key"] and hold.is_live else {}
        status = 200 if refusal is None else refusal["status"]
        return self._renderer.page("hold.html", values, status=status, headers=headers)


def order_page(order: Document) -> str:
    """Return the address of an order's page, with its secret."""
    return f"/orders/{order['order_id']}?secret={order['secret']}"


async def _own_hold(request: Request) -> Hold:
    session = session_of(request)
    hold = await services_of(request).holds.find(session.session_id, request.path_params["hold"])
    if hold is None:
        raise Problem("hold-missing")
    return hold


async def _wanted(services: Services, order: Document | None) -> Document | None:
    if order is None or order["status"] != "needs_action":
        return None
    return await services.orders.next_action(order["order_id"])


def _stripe_key(services: Services) -> str | None:
    return services.settings.stripe().publishable_key if services.provider.name == "stripe" else None


def _address(hold: Hold) -> str:
    return f"/events/{hold.event}/holds/{hold.hold_id}"
