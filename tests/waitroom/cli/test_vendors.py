"""`waitroom vendors`: vendors and their keys from the command line."""

import re

import pytest
from click.testing import CliRunner, Result

from waitroom.cli import main


@pytest.fixture(autouse=True)
def _database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAITROOM_DATABASE_URL", database_url)


def run(*words: str) -> Result:
    """Run `waitroom vendors ...`."""
    return CliRunner().invoke(main, ["vendors", *words])


def test_a_key_is_made_listed_and_revoked() -> None:
    """It is shown once; the list shows its id and what became of it."""
    assert run("add", "riverside", "--name", "Riverside Concerts").exit_code == 0
    assert run("list").output == "riverside\tRiverside Concerts\n"
    key_id, _, secret = run("keys", "new", "riverside", "--days", "30").stdout.strip().partition(".")
    listed = run("keys", "list", "riverside").output
    assert re.fullmatch(rf"{key_id}\tmade .+\tuntil .+\n", listed)
    assert secret not in listed
    assert run("keys", "revoke", key_id).exit_code == 0
    assert run("keys", "list", "riverside").output.endswith("\trevoked\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "Not A Name"), "lower-case letters"),
        (("keys", "new", "nobody"), "There is no vendor 'nobody'"),
        (("keys", "revoke", "key_0"), "There is no key 'key_0'"),
    ],
)
def test_what_cannot_be_done_is_told(words: tuple[str, ...], told: str) -> None:
    """One line that says what is wrong, and exit code 2."""
    result = run(*words)
    assert result.exit_code == 2
    assert told in result.output


def test_a_vendor_is_added_once() -> None:
    """The second of the same name is told so."""
    assert run("add", "riverside").exit_code == 0
    assert "There is a vendor 'riverside' already." in run("add", "riverside").output
