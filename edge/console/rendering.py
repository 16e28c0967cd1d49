"""Make the console's pages from the templates."""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from edge.console.access import Caller
from waitroom.admin_keys import Role

Values = Mapping[str, Any]  # Any: what a template prints
# With `no-referrer` a browser writes `Origin: null` on our own forms, and they would be refused.
HEADERS = {"Cache-Control": "private, no-store", "Referrer-Policy": "same-origin"}


class Renderer:
    """The templates; a page is private to who is signed in."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("edge.console"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )

    def page(self, request: Request, template: str, values: Values, *, status: int = 200) -> Response:
        """Answer with a page in the console's frame."""
        html = self._templates.get_template(template).render(self._frame(request) | dict(values))
        return HTMLResponse(html, status_code=status, headers=HEADERS)

    def _frame(self, request: Request) -> dict[str, Any]:  # Any: what a template prints
        # Before the sign-in there is nobody; the frame then shows no more than the product's name.
        caller: Caller | None = getattr(request.state, "caller", None)
        if caller is None:
            return {"who": "", "role": "", "may": [], "path": request.url.path}
        may = [each.value for each in Role if caller.role.covers(each)]
        name = caller.who.partition(":")[2]
        return {"who": name, "role": caller.role.value, "may": may, "path": request.url.path}


def page(request: Request, template: str, values: Values, *, status: int = 200) -> Response:
    """Answer with a page in the console's frame."""
    renderer: Renderer = request.app.state.renderer
    return renderer.page(request, template, values, status=status)
