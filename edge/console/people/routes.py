"""The URL table of people: their sessions, their own accounts, and what admins do with them."""

from starlette.routing import Route

from edge.console import audit_api
from edge.console.access import Endpoint, allow, page
from edge.console.pages import in_words
from edge.console.people import account_api, pages, people_api, session_api
from waitroom.admin_keys import Role

SESSION = "/v1/admin/session"
SESSIONS = "/v1/admin/sessions"
SECOND_FACTOR = f"{SESSION}/second-factor"
PEOPLE = "/v1/admin/people"
PERSON = f"{PEOPLE}/{{name}}"


def people_routes() -> list[Route]:
    """Every address that is about people; what changes something writes its own audit entry."""
    return [
        Route(SESSION, session_api.sign_in, methods=["POST"]),
        Route("/v1/admin/link", account_api.use_link, methods=["POST"]),
        _own("GET", SESSION, session_api.show_session),
        _own("DELETE", SESSION, session_api.sign_out),
        _own("GET", SESSIONS, session_api.list_sessions),
        _own("DELETE", SESSIONS, session_api.end_other_sessions),
        _own("POST", f"{SESSION}/password", account_api.change_password),
        _own("POST", SECOND_FACTOR, account_api.offer_second_factor),
        _own("PUT", SECOND_FACTOR, account_api.confirm_second_factor),
        _own("DELETE", SECOND_FACTOR, account_api.drop_second_factor),
        _admins("GET", PEOPLE, people_api.list_people),
        _admins("POST", PEOPLE, people_api.add_person),
        _admins("GET", PERSON, people_api.show_person),
        _admins("PATCH", PERSON, people_api.change_person),
        _admins("DELETE", PERSON, people_api.remove_person),
        _admins("GET", f"{PERSON}/sessions", people_api.list_sessions),
        _admins("DELETE", f"{PERSON}/sessions", people_api.end_sessions),
        Route("/v1/admin/audit", allow(Role.OPERATOR, audit_api.read_audit), methods=["GET"]),
    ]


def people_pages() -> list[Route]:
    """The pages of people; those that open the door are open to all."""
    return [
        Route("/sign-in", in_words(pages.show_sign_in), methods=["GET"]),
        Route("/sign-in", in_words(pages.sign_in), methods=["POST"]),
        Route("/sign-out", in_words(pages.sign_out), methods=["POST"]),
        Route("/welcome", in_words(pages.show_welcome), methods=["GET"]),
        Route("/welcome", in_words(pages.welcome), methods=["POST"]),
        Route("/account", in_words(page(Role.VIEWER, pages.show_account, is_own=True)), methods=["GET"]),
        Route("/people", in_words(page(Role.ADMIN, pages.show_people)), methods=["GET"]),
        Route("/audit", in_words(page(Role.OPERATOR, pages.show_audit)), methods=["GET"]),
    ]


def _own(method: str, path: str, endpoint: Endpoint) -> Route:
    return Route(path, allow(Role.VIEWER, endpoint, is_own=True), methods=[method])


def _admins(method: str, path: str, endpoint: Endpoint) -> Route:
    return Route(path, allow(Role.ADMIN, endpoint), methods=[method])
