"""When an event was moved last: what was paid around that moment is looked at once more."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the moment."""
    op.execute("ALTER TABLE events ADD COLUMN moved_at timestamptz")
