"""`waitroom people`: people from the command line."""

import re

import psycopg
import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner, Result

from tests.edge.console.people.conftest import QUICK
from waitroom.cli import main

PASSWORD = "seven green turtles"


@pytest.fixture(autouse=True)
def _database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAITROOM_DATABASE_URL", database_url)
    monkeypatch.setenv("WAITROOM_CONSOLE_URL", "https://console.example")
    monkeypatch.setattr("edge.console.people.passwords.PARAMETERS", QUICK)


def run(*words: str, typed: str = "") -> Result:
    """Run `waitroom people ...`."""
    return CliRunner().invoke(main, ["people", *words], input=typed)


def hash_of(database_url: str, name: str) -> str | None:
    """What is kept of a person's password."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT password_hash FROM console.people WHERE name = %s", (name,)).fetchone()
    assert row is not None
    found: str | None = row[0]
    return found


def test_added_listed_reset_unlocked_removed(database_url: str) -> None:
    """A password comes by the prompt, twice, or as a line; the audit names who typed the command."""
    made = run("add", "anna", "--role", "admin", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert made.exit_code == 0, made.output
    assert "https://console.example" in made.output
    assert PASSWORD not in made.output
    # The entry stands in the audit; a line of a log among the words would be taken for one of them.
    assert "add-person" not in made.output
    first = hash_of(database_url, "anna")
    assert first
    assert PasswordHasher().verify(first, PASSWORD)
    assert run("add", "abel", "--role", "admin", "--stdin", typed=f"{PASSWORD}\n").exit_code == 0
    assert run("list").output.startswith("abel\tadmin\t-\tsigned in never\t-\nanna\tadmin")
    assert run("reset", "anna", "--stdin", typed="eleven blue herons\n").exit_code == 0
    assert hash_of(database_url, "anna") != first
    assert run("unlock", "anna").exit_code == 0
    assert run("remove", "anna").exit_code == 0
    with psycopg.connect(database_url) as connection:
        found = connection.execute("SELECT DISTINCT split_part(who, ':', 1) FROM console.audit").fetchall()
    assert found == [("cli",)]


def test_a_link_instead_of_a_password(database_url: str) -> None:
    """The link is printed once, and there is no password before it is used."""
    made = run("add", "otto@example.org", "--role", "viewer", "--link", "--second-factor")
    assert re.search(r"^https://console\.example/welcome#[\w-]{43}$", made.output, re.MULTILINE)
    assert hash_of(database_url, "otto@example.org") is None
    assert "no password yet, must set a second factor up" in run("list").output


@pytest.mark.parametrize(
    ("words", "typed", "told"),
    [
        (("add", "Not A Name", "--role", "viewer"), "", "lower-case"),
        (("add", "anna", "--role", "admin", "--stdin"), "short\n", "fewer than 12"),
        (("add", "anna", "--role", "admin", "--stdin"), "anna-anna-anna\n", "others would try"),
        (("reset", "nobody", "--link"), "", "no person 'nobody'"),
        (("unlock", "nobody"), "", "no person 'nobody'"),
        (("remove", "nobody"), "", "no person 'nobody'"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(words: tuple[str, ...], typed: str, told: str) -> None:
    """Nothing ends in a traceback, and the reason is named."""
    result = run(*words, typed=typed)
    assert result.exit_code == 2
    assert told in result.output
    assert "Traceback" not in result.output


def test_the_last_admin_is_not_removed() -> None:
    """Nor from the command line."""
    run("add", "anna", "--role", "admin", "--stdin", typed=f"{PASSWORD}\n")
    result = run("remove", "anna")
    assert result.exit_code == 2
    assert "last admin" in result.output
