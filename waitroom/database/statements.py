"""Named SQL: one file a subject, a statement under each `-- name:` header."""

import re
from functools import cache
from importlib.resources import files
from typing import LiteralString, cast

HEADER = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@cache
def read_statements(package: str, subject: str) -> dict[str, LiteralString]:
    """Return the statements of `subject`.sql in the folder of a package, by name."""
    text = files(package).joinpath(f"{subject}.sql").read_text(encoding="utf-8")
    _, *parts = HEADER.split(text)
    # The files are part of the program, as good as literals.
    bodies = [cast(LiteralString, body.strip().removesuffix(";")) for body in parts[1::2]]
    return dict(zip(parts[::2], bodies, strict=True))
