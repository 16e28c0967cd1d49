"""The console's handlers of errors: what the other apps answer, and what its own database may say."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ExceptionHandler

from edge.console.people.accounts import LastAdminError, PersonExistsError, PersonMissingError
from waitroom.database import DatabaseBusyError, DatabaseUnavailableError, UnstorableTextError
from waitroom.web.problems import Problem, problem_handlers, problem_response

RETRY_SECONDS = 5


def handlers() -> dict[Any, ExceptionHandler]:  # Any: Starlette's own type of the keys
    """The exception handlers of the console: every error leaves as a problem."""
    own: dict[Any, ExceptionHandler] = {  # Any: as above
        DatabaseUnavailableError: _on_away,
        DatabaseBusyError: _on_away,
        UnstorableTextError: _answering("not-found"),
        PersonExistsError: _answering("person-exists"),
        PersonMissingError: _answering("person-missing"),
        LastAdminError: _answering("last-admin"),
    }
    return problem_handlers() | own


async def _on_away(_request: Request, _error: Exception) -> Response:
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return problem_response(Problem("database-unavailable", headers=headers, retry_after=RETRY_SECONDS))


def _answering(name: str) -> ExceptionHandler:
    async def answer(_request: Request, _error: Exception) -> Response:
        return problem_response(Problem(name))

    return answer
