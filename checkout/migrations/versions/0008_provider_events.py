"""What payment providers tell by themselves: each event once, in the transaction of what follows from it."""

from alembic import op

revision = "0008"
down_revision = "0007"

EVENTS = """
CREATE TABLE provider_events (
    provider text NOT NULL,
    event_id text NOT NULL,
    kind text NOT NULL,
    payment_id text NOT NULL REFERENCES payments,
    taken_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (provider, event_id)
);
CREATE INDEX events_of_payment ON provider_events (payment_id);
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(EVENTS)
