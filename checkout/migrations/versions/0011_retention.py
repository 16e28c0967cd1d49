"""What is old of notices and deliveries is found by its age: it goes after some time."""

from alembic import op

revision = "0011"
down_revision = "0010"

# Of all rows: an index of those that are settled alone would have every change of state write a new entry.
INDEXES = """
CREATE INDEX notices_by_age ON notices (made_at);
CREATE INDEX deliveries_by_age ON webhook_deliveries (made_at);
"""


def upgrade() -> None:
    """Make the indexes."""
    op.execute(INDEXES)
