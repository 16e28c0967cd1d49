"""Browsers that are known to a person have counts of failed sign-ins of their own."""

from alembic import op

revision = "0003"
down_revision = "0002"

KNOWN_BROWSERS = """
ALTER TABLE console.people ADD COLUMN known_browsers uuid NOT NULL DEFAULT gen_random_uuid();
COMMENT ON COLUMN console.people.known_browsers IS
    'what the proofs in browsers that have signed in as this person are bound to: changed, all of them are forgotten';

ALTER TABLE console.tries ADD COLUMN browser_of bytea;
CREATE INDEX tries_of_browsers ON console.tries (browser_of) WHERE browser_of IS NOT NULL;
COMMENT ON COLUMN console.tries.name_hash IS
    'SHA-256 of the name that was typed, or of the id of a browser that is known to it';
COMMENT ON COLUMN console.tries.browser_of IS 'of a known browser''s count: the SHA-256 of the name that knows it';
COMMENT ON TABLE console.tries IS
    'failed sign-ins in a row by name, whether there is such a person or not, and by known browser';
"""


def upgrade() -> None:
    """Add both columns; consoles of before go on without them."""
    op.execute(KNOWN_BROWSERS)
