"""Named SQL: one file a subject with `-- name:` headers, and one file a verb in `functions/`.

A verb is a PL/pgSQL function: choosing, checking and locking happen beside the data, in one call, so that no
lock waits for a network. They are replaced at each start, as the schema's revisions cannot say what code is.
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import LiteralString

from waitroom.database import read_statements


def statements(subject: str) -> dict[str, LiteralString]:
    """Return the statements of `subject`.sql by name."""
    return read_statements(__name__, subject)


def functions() -> Iterator[str]:
    """Yield the definitions of the verbs, in the order of their names."""
    folder = files(__name__).joinpath("functions")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql"):
            yield file.read_text(encoding="utf-8")
