"""Negative controls: take a guard out of a verb in the test's own database, where no switch is shipped."""

from importlib.resources import files

import psycopg

# What keeps two fans from one seat: the lock of the row, and the condition of the update under it.
ROW_LOCKS = (
    ("lock_rows", "ORDER BY row_id FOR UPDATE"),
    ("choose_together", "FOR UPDATE SKIP LOCKED"),
    ("choose_apart", "FOR UPDATE SKIP LOCKED"),
)
UPDATE_GUARD = (
    ("take_seats", "AND is_free(seats, at_moment)"),
    ("take_seats", "IF taken <> cardinality(chosen) THEN"),
)
SESSION_LOCK = (("lock_session", "FOR NO KEY UPDATE"),)


def without(database_url: str, *guards: tuple[str, str], instead: str = "") -> None:
    """Take these pieces out of their verbs, or put another there; a condition is taken out by never being true."""
    definitions: dict[str, str] = {}
    for verb, piece in guards:
        text = definitions.get(verb) or files("checkout.sql").joinpath("functions", f"{verb}.sql").read_text()
        assert piece in text, f"{verb} no longer says {piece!r}; this control controls nothing"
        definitions[verb] = text.replace(piece, "IF false THEN" if piece.startswith("IF ") else instead)
    with psycopg.connect(database_url, autocommit=True) as connection:
        for definition in definitions.values():
            connection.execute(definition.encode())
