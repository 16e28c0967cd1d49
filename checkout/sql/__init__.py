"""Named SQL: one file a subject with `-- name:` headers, and one file a verb in `functions/`.

A verb is a PL/pgSQL function: choosing, checking and locking happen beside the data, in one call, so that no
lock waits for a network. They are replaced at each start, as the schema's revisions cannot say what code is.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import LiteralString, cast

HEADER = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@cache
def statements(subject: str) -> dict[str, LiteralString]:
    """Return the statements of `subject`.sql by name."""
    text = files(__name__).joinpath(f"{subject}.sql").read_text(encoding="utf-8")
    _, *parts = HEADER.split(text)
    # The files are part of the program, as good as literals.
    bodies = [cast(LiteralString, body.strip().removesuffix(";")) for body in parts[1::2]]
    return dict(zip(parts[::2], bodies, strict=True))


def functions() -> Iterator[str]:
    """Yield the definitions of the verbs, in the order of their names."""
    folder = files(__name__).joinpath("functions")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql"):
            yield file.read_text(encoding="utf-8")
