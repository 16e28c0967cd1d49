"""Jobs keep the reason of their last failure; a deferred job notifies nobody, since workers look by themselves."""

from alembic import op

revision = "0004"
down_revision = "0002"

JOBS = """
CREATE TABLE job_failures (
    job_id bigint PRIMARY KEY REFERENCES procrastinate_jobs ON DELETE CASCADE,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason text NOT NULL
);

-- It has another argument now; both side by side would be ambiguous.
DROP FUNCTION IF EXISTS defer_job(text, jsonb, text);

-- PostgreSQL lets one transaction that notifies commit at a time: orders would wait for each other at their commit.
ALTER TABLE procrastinate_jobs DISABLE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1;
"""


def upgrade() -> None:
    """Make the table, and let deferring be quiet."""
    op.execute(JOBS)
