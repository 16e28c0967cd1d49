"""`waitroom notices`: what was not sent is shown, and is sent when it is asked for."""

import psycopg
import pytest
from click.testing import CliRunner

from waitroom.cli import main
from waitroom.settings import PREFIX

AN_ORDER = """
INSERT INTO venues (name) VALUES ('Hall');
INSERT INTO events (event, room, venue_id, name, starts_at, currency, limit_per_fan)
    SELECT 'gig', 'gig', venue_id, 'Gig', now(), 'usd', 4 FROM venues;
INSERT INTO sessions (session_id, room, epoch, fan_id, opening_key, expires_at)
    VALUES ('s', 'gig', 'e', 'f', '', now());
INSERT INTO holds (hold_id, event_id, session_id, seat_count, together, expires_at, amount, currency)
    SELECT 'h', event_id, 's', 1, true, now(), 1, 'usd' FROM events;
INSERT INTO orders (order_id, secret, event_id, session_id, hold_id, email, amount, currency)
    SELECT 'order_1', 'x', event_id, 's', 'h', 'fan@example.org', 1, 'usd' FROM events;
"""


@pytest.fixture
def unsent(database_url: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """A notice that there was no mail server for."""
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(AN_ORDER)
        row = connection.execute("SELECT tell_buyer('order_1', 'paid', 'payment 1')").fetchone()
        connection.execute("DELETE FROM procrastinate_jobs")
        connection.execute("UPDATE notices SET state = 'unsent', failure = 'no server', settled_at = now()")
    assert row is not None
    return int(row[0])


def test_notices_are_listed_without_addresses(unsent: int) -> None:
    """One line tells which, what became of it and why, and names no address."""
    shown = CliRunner().invoke(main, ["notices", "list", "--state", "unsent"])
    assert shown.exit_code == 0, shown.output
    assert shown.output.startswith(f"{unsent}\t")
    assert shown.output.endswith("\tpaid\tunsent\torder_1\tno server\n")
    assert CliRunner().invoke(main, ["notices", "list", "--state", "sent"]).output == ""


@pytest.mark.parametrize("which", ["one", "all"])
def test_an_unsent_notice_is_sent_after_all(unsent: int, database_url: str, which: str) -> None:
    """It waits again, and its job is there."""
    sent = CliRunner().invoke(main, ["notices", "send", str(unsent) if which == "one" else "--all"])
    assert sent.output == "1 to be sent.\n"
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT state FROM notices").fetchall() == [("waiting",)]
        assert connection.execute("SELECT args FROM procrastinate_jobs").fetchall() == [({"notice_id": unsent},)]


@pytest.mark.usefixtures("unsent")
def test_a_notice_that_is_not_unsent_is_not_sent() -> None:
    """Who names none is told so."""
    assert CliRunner().invoke(main, ["notices", "send", "999"]).exit_code == 1
    assert CliRunner().invoke(main, ["notices", "send"]).exit_code == 2
