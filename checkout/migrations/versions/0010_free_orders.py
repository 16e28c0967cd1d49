"""What cost nothing can be given back: tickets of a cancelled event end, though no money moves."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Let a refund be of nothing."""
    op.execute("ALTER TABLE refunds DROP CONSTRAINT refunds_amount_check")
    op.execute("ALTER TABLE refunds ADD CONSTRAINT refunds_amount_check CHECK (amount >= 0)")
