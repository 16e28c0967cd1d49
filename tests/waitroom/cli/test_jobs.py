"""`waitroom jobs`: what was given up is shown, and comes back when it is asked for."""

import psycopg
import pytest
from click.testing import CliRunner

from waitroom.cli import main
from waitroom.settings import PREFIX


@pytest.fixture
def failed_job(database_url: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """A job that was given up, in the database that the settings name."""
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SELECT defer_job('send_notice', '{\"notice_id\": 7}')")
        found = connection.execute("UPDATE procrastinate_jobs SET status = 'failed', attempts = 32 RETURNING id")
        ((job_id,),) = found.fetchall()
        connection.execute("INSERT INTO job_failures (job_id, reason) VALUES (%s, 'nobody answered')", (job_id,))
    return int(job_id)


def test_failed_jobs_are_listed_with_their_reason(failed_job: int) -> None:
    """One line tells which job, how often it was tried, and why it failed last."""
    shown = CliRunner().invoke(main, ["jobs", "failed"])
    assert shown.exit_code == 0, shown.output
    assert shown.output.startswith(f'{failed_job}\tsend_notice\t{{"notice_id": 7}}\t32 tries\t')
    assert shown.output.endswith("\tnobody answered\n")


@pytest.mark.parametrize("which", ["one", "all"])
def test_a_failed_job_is_retried(failed_job: int, database_url: str, which: str) -> None:
    """It has all its tries before it again."""
    retried = CliRunner().invoke(main, ["jobs", "retry", str(failed_job) if which == "one" else "--all"])
    assert retried.output == "1 to be tried again.\n"
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT status, attempts FROM procrastinate_jobs").fetchall() == [("todo", 0)]


@pytest.mark.usefixtures("failed_job")
def test_a_job_that_has_not_failed_is_not_retried() -> None:
    """Who names none that failed is told so."""
    assert CliRunner().invoke(main, ["jobs", "retry", "999"]).exit_code == 1
    assert CliRunner().invoke(main, ["jobs", "retry"]).exit_code == 2
