"""Named SQL of the console, one file a subject; every table is in the schema `console`."""

from typing import LiteralString

from waitroom.database import read_statements


def statements(subject: str) -> dict[str, LiteralString]:
    """Return the statements of `subject`.sql by name."""
    return read_statements(__name__, subject)
