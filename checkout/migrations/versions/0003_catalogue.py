"""What vendors make and change: venues, seat maps, events; seats that are not for all; fees and taxes as data."""

from alembic import op

revision = "0003"
down_revision = "0005"

VENUES = """
ALTER TABLE venues DROP CONSTRAINT venues_name_key;
ALTER TABLE venues ADD COLUMN venue text NOT NULL UNIQUE DEFAULT 'venue_' || replace(gen_random_uuid()::text, '-', '');
ALTER TABLE venues ADD COLUMN address text NOT NULL DEFAULT '';
ALTER TABLE venues ADD COLUMN version integer NOT NULL DEFAULT 1;
CREATE UNIQUE INDEX venues_by_name ON venues (coalesce(vendor_id, 0), name);

CREATE TABLE seat_maps (
    seat_map_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seat_map text NOT NULL UNIQUE DEFAULT 'map_' || replace(gen_random_uuid()::text, '-', ''),
    venue_id bigint NOT NULL REFERENCES venues ON DELETE CASCADE,
    name text NOT NULL,
    plan jsonb NOT NULL,
    version integer NOT NULL DEFAULT 1,
    UNIQUE (venue_id, name)
);
COMMENT ON COLUMN seat_maps.plan IS 'an event has a copy of it, as it was when the event was made';
"""

EVENTS = """
ALTER TABLE events ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE events ADD COLUMN seat_map_id bigint REFERENCES seat_maps ON DELETE SET NULL;
ALTER TABLE events ADD COLUMN longest_visit_seconds integer NOT NULL DEFAULT 3600 CHECK (longest_visit_seconds > 0);
ALTER TABLE events ADD COLUMN fees jsonb NOT NULL DEFAULT '[]';
ALTER TABLE events ADD COLUMN taxes jsonb NOT NULL DEFAULT '[]';
ALTER TABLE events ADD COLUMN cancelled_at timestamptz;
ALTER TABLE events ADD COLUMN cancel_reason text;
CREATE INDEX events_of_vendor ON events (vendor_id, created_at DESC) WHERE vendor_id IS NOT NULL;

ALTER TABLE categories ADD COLUMN on_sale_at timestamptz;
ALTER TABLE categories ADD COLUMN fees jsonb NOT NULL DEFAULT '[]';
ALTER TABLE categories ADD COLUMN is_area boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN categories.is_area IS 'general admission: its rows are blocks of places that have no neighbours';
"""

SEATS = """
ALTER TABLE seats ADD COLUMN kind text NOT NULL DEFAULT 'standard'
    CHECK (kind IN ('standard', 'accessible', 'companion'));
ALTER TABLE seats ADD COLUMN is_blocked boolean NOT NULL DEFAULT false CHECK (NOT (is_blocked AND is_sold));

ALTER TABLE seating_rows DROP CONSTRAINT seating_rows_check;
ALTER TABLE seating_rows ADD COLUMN unsold_seats integer NOT NULL DEFAULT 0;
ALTER TABLE seating_rows ADD COLUMN kept_free integer NOT NULL DEFAULT 0;
ALTER TABLE seating_rows ADD COLUMN kept_unsold integer NOT NULL DEFAULT 0;
UPDATE seating_rows SET unsold_seats = seat_count - sold_seats;
ALTER TABLE seating_rows ADD CHECK (free_seats BETWEEN 0 AND unsold_seats AND kept_free BETWEEN 0 AND kept_unsold
    AND unsold_seats + kept_unsold + sold_seats <= seat_count);
COMMENT ON COLUMN seating_rows.unsold_seats IS 'free or held, for everybody; what is blocked is in no count';
COMMENT ON COLUMN seating_rows.kept_free IS 'free, kept for who asks for accessible seats';
"""

# The verbs of these names take other arguments now; old processes still find them, by the defaults of the new ones.
HOLDS = """
DROP FUNCTION IF EXISTS hold_best(text, text, text, text, integer, text, text, boolean),
    hold_named(text, text, text, text[], text, text), choose_together(bigint, integer, timestamptz),
    take_seats(text, text, bigint, bigint[], boolean, text, text, timestamptz),
    explain_shortage(bigint, integer, timestamptz);

CREATE TYPE choice AS (seats bigint[], relaxed text);

ALTER TABLE holds ADD COLUMN relaxed text CHECK (relaxed IN ('orphan', 'split'));
ALTER TABLE holds ADD COLUMN lines jsonb NOT NULL DEFAULT '[]';
ALTER TABLE holds ADD COLUMN amount bigint;
ALTER TABLE holds ADD COLUMN currency text;
UPDATE holds SET amount = (SELECT sum(price) FROM hold_seats WHERE hold_seats.hold_id = holds.hold_id),
    currency = (SELECT currency FROM events WHERE events.event_id = holds.event_id);
ALTER TABLE holds ALTER COLUMN amount SET NOT NULL, ALTER COLUMN currency SET NOT NULL;
COMMENT ON COLUMN holds.lines IS 'what the amount is made of; copied to the order, so that both agree to the unit';

ALTER TABLE orders ADD COLUMN lines jsonb NOT NULL DEFAULT '[]';
CREATE INDEX orders_of_event ON orders (event_id, created_at DESC, order_id);
"""

CALLS = """
CREATE TABLE vendor_calls (
    vendor_id bigint NOT NULL REFERENCES vendors,
    key text NOT NULL,
    fingerprint text NOT NULL,
    status integer NOT NULL,
    answer jsonb NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (vendor_id, key)
);
COMMENT ON TABLE vendor_calls IS 'what was made under which Idempotency-Key, in the transaction that made it';
"""


def upgrade() -> None:
    """Make everything; each part stands on those before it."""
    for part in (VENUES, EVENTS, SEATS, HOLDS, CALLS):
        op.execute(part)
