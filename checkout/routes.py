"""The URL table, nothing else."""

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from checkout import api
from checkout.access import refuse_call, session_guard
from checkout.pages import Pages, refuse_page
from checkout.payment_pages import PaymentPages
from checkout.problems import explain_problem
from checkout.rendering import Renderer
from checkout.vendors.routes import vendor_routes


def api_routes(guard: Sequence[Middleware]) -> list[BaseRoute]:
    """The calls of the contract."""
    return [
        Route("/v1/sessions", api.open_session, methods=["POST"]),
        Route("/v1/sessions/current", api.end_session, methods=["DELETE"], middleware=guard),
        Route("/v1/events/{event}", api.show_event, middleware=guard),
        Route("/v1/events/{event}/availability", api.show_availability, middleware=guard),
        Route("/v1/events/{event}/holds", api.place_hold, methods=["POST"], middleware=guard),
        Route("/v1/holds", api.list_holds, middleware=guard),
        Route("/v1/holds/{hold}", api.release_hold, methods=["DELETE"], middleware=guard),
        Route("/v1/holds/{hold}/refresh", api.refresh_hold, methods=["POST"], middleware=guard),
        Route("/v1/orders", api.place_order, methods=["POST"], middleware=guard),
        Route("/v1/orders/{order}", api.show_order),
        Route("/v1/orders/{order}/confirm", api.confirm_order, methods=["POST"], middleware=guard),
        Route("/v1/orders/{order}/cancel", api.cancel_order, methods=["POST"], middleware=guard),
        Route("/v1/orders/{order}/send", api.send_order, methods=["POST"]),
        Route("/v1/orders/{order}/tickets/{ticket}.svg", api.show_ticket_picture),
        Route("/v1/webhooks/stripe", api.take_stripe_event, methods=["POST"]),
        Route("/.well-known/waitroom-keys.json", api.show_keys),
    ]


def page_routes(renderer: Renderer) -> list[BaseRoute]:
    """The pages."""
    pages, payment = Pages(renderer), PaymentPages(renderer)
    guard = [session_guard(refuse_page(renderer))]
    hold = "/events/{event}/holds/{hold}"
    return [
        Route("/", pages.show_newest),
        Route("/enter", pages.show_entrance),
        Route("/enter", pages.enter, methods=["POST"]),
        Route("/events/{event}", pages.show_event, middleware=guard),
        Route("/events/{event}/sections/{section}", pages.show_section, middleware=guard),
        Route("/events/{event}/leave", pages.leave, methods=["POST"], middleware=guard),
        Route("/events/{event}/holds", pages.place_hold, methods=["POST"], middleware=guard),
        Route(hold, payment.show_hold, middleware=guard),
        Route(f"{hold}/refresh", payment.refresh_hold, methods=["POST"], middleware=guard),
        Route(f"{hold}/release", payment.release_hold, methods=["POST"], middleware=guard),
        Route(f"{hold}/order", payment.pay, methods=["POST"], middleware=guard),
        Route(f"{hold}/confirm", payment.confirm, methods=["GET", "POST"], middleware=guard),
        Route("/orders/{order}", pages.show_order),
        Route("/orders/{order}/send", pages.send_order, methods=["POST"]),
        Route("/problems/{name}", explain_problem),
        Mount("/static", StaticFiles(packages=[("checkout", "static")])),
    ]


def routes(renderer: Renderer) -> list[BaseRoute]:
    """All addresses of the checkout."""
    return [*api_routes([session_guard(refuse_call)]), *vendor_routes(), *page_routes(renderer)]
