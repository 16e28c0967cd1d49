"""Documents as PostgreSQL can hold them: without NUL and halves of surrogate pairs, which its jsonb refuses. Pure."""

from typing import Any

from psycopg.types.json import Jsonb

REPLACEMENT = "\ufffd"
Json = Any  # Any: JSON values


def storable(document: Json) -> Jsonb:
    """Return a document for a jsonb column; what cannot be stored of a text is replaced, as decoders do."""
    return Jsonb(_clean(document))


def _clean(value: Json) -> Json:
    if isinstance(value, str):
        return value.replace("\0", REPLACEMENT).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_clean(name): _clean(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value]
    return value
