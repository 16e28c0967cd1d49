"""Vendors and their keys, whose each venue and event is; the tables of procrastinate, our outbox and job queue."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"

# What the demo and the tests seed belongs to nobody.
VENDORS = """
CREATE TABLE vendors (
    vendor_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vendor text NOT NULL UNIQUE CHECK (vendor ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE vendor_keys (
    key_id text PRIMARY KEY,
    vendor_id bigint NOT NULL REFERENCES vendors,
    key_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX keys_of_vendor ON vendor_keys (vendor_id);
COMMENT ON COLUMN vendor_keys.key_hash IS 'SHA-256 of the key, which has 256 random bits';

ALTER TABLE venues ADD COLUMN vendor_id bigint REFERENCES vendors;
ALTER TABLE events ADD COLUMN vendor_id bigint REFERENCES vendors;
"""


def upgrade() -> None:
    """Make the tables; the job tables are as the pinned procrastinate has them."""
    op.execute(VENDORS)
    # By the driver itself: SQLAlchemy would read its percent signs and colons as parameters.
    with op.get_bind().connection.cursor() as cursor:
        cursor.execute(SchemaManager.get_schema())
