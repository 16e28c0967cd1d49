"""People, sessions and audit entries as the console's JSON."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from edge.console.people.accounts import People, Person
from edge.console.people.sessions import Session
from waitroom.clock import rfc3339
from waitroom.database import DatabaseUnavailableError, Row

Json = dict[str, Any]  # Any: JSON values


def moment(at: datetime | None) -> str | None:
    """Write a moment as all of the console's are written."""
    return None if at is None else rfc3339(round(at.timestamp() * 1000))


def person_document(person: Person) -> Json:
    """One person."""
    document = {name: moment(value) if isinstance(value, datetime) else value for name, value in asdict(person).items()}
    if person.locked_until is not None and person.locked_until <= datetime.now(UTC):
        document["locked_until"] = None
    return document


async def account_document(request: Request, session: Session) -> Json:
    """The person who is signed in; what PostgreSQL alone knows is null while it is away."""
    people: People = request.app.state.people
    document: Json = {
        "name": session.name,
        "role": session.role,
        "made_at": moment(session.made_at),
        "ends_at": moment(session.ends_at),
        "needs_second_factor": session.needs_second_factor,
    }
    try:
        person = await people.find(session.name)
    except DatabaseUnavailableError:
        return document | {"has_second_factor": None, "requires_second_factor": None, "recovery_codes": None}
    return document | {
        "has_second_factor": person.has_second_factor,
        "requires_second_factor": person.requires_second_factor,
        "recovery_codes": person.recovery_codes,
    }


def session_document(row: Row, *, current: str | None = None) -> Json:
    """One session; `is_current` marks that of the caller."""
    return {
        "session": row["session_id"],
        "network": row["network"],
        "made_at": moment(row["made_at"]),
        "used_at": moment(row["used_at"]),
        "ends_at": moment(row["ends_at"]),
        "is_current": row["session_id"] == current,
    }


def entry_document(row: Row) -> Json:
    """One entry of the audit."""
    return row | {"at": moment(row["at"])}
