"""The URL table of people: their sessions, their own accounts, and what admins do with them."""

from starlette.routing import Route

from edge.console.access import Endpoint, allow
from edge.console.people import session_api
from waitroom.admin_keys import Role

SESSION = "/v1/admin/session"
SESSIONS = "/v1/admin/sessions"


def people_routes() -> list[Route]:
    """Every address that is about people; what changes something writes its own audit entry."""
    return [
        Route(SESSION, session_api.sign_in, methods=["POST"]),
        _own("GET", SESSION, session_api.show_session),
        _own("DELETE", SESSION, session_api.sign_out),
        _own("GET", SESSIONS, session_api.list_sessions),
        _own("DELETE", SESSIONS, session_api.end_other_sessions),
    ]


def _own(method: str, path: str, endpoint: Endpoint) -> Route:
    return Route(path, allow(Role.VIEWER, endpoint, is_own=True), methods=[method])
