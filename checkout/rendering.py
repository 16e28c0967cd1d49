"""Make the checkout's pages from the templates."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from checkout.values import Money
from waitroom.clock import SystemClock, rfc3339

Values = Mapping[str, Any]  # Any: what a template prints
# With `no-referrer` a browser writes `Origin: null` on our own forms, and they would be refused.
HEADERS = {"Cache-Control": "private, no-store", "Referrer-Policy": "same-origin"}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

# Stripe's own script makes its form in frames of its own, and wallets open windows from there: the one third party, on
# the page where one pays.
STRIPE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY.replace(
        "script-src 'self'",
        "script-src 'self' https://js.stripe.com https://*.js.stripe.com; connect-src https://api.stripe.com; "
        "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
    ),
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
}


class Renderer:
    """The templates; a page is private to its fan."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("checkout"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        self._templates.filters |= {"money": _money, "clock": _clock, "day": _day, "date": _date, "iso": rfc3339}
        self._templates.globals |= {"now_ms": SystemClock().now_ms}

    def page(
        self, template: str, values: Values, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Answer with a page."""
        html = self._templates.get_template(template).render(values)
        return HTMLResponse(html, status_code=status, headers={**HEADERS, **(headers or {})})


def _money(amount: int, currency: str) -> str:
    return str(Money(amount=amount, currency=currency))


def _clock(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%H:%M}"


def _date(ms: int) -> str:
    return _day(datetime.fromtimestamp(ms / 1000, UTC))


def _day(moment: datetime) -> str:
    return f"{moment:%A, %-d %B %Y, %H:%M} UTC"
