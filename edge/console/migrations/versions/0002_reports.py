"""What the console keeps of a sale's report, also after the room is deleted."""

from alembic import op

revision = "0002"
down_revision = "0001"

REPORTS = """
CREATE TABLE console.reports (
    room text NOT NULL,
    epoch text NOT NULL,
    at timestamptz NOT NULL,
    report jsonb NOT NULL,
    PRIMARY KEY (room, epoch)
);
COMMENT ON TABLE console.reports IS 'the last report of each room that there ever was, as it was when it was last written';
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(REPORTS)
