"""When an event was moved last: what was paid around that moment is looked at once more."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the moment."""
    op.execute("ALTER TABLE events ADD COLUMN moved_at timestamptz")
