"""Seats, holds, orders, payments, tickets, sessions, the ledger and the sandbox provider.

Foreign keys point at rows that their writer has locked anyway. There is none from holds, orders and tickets
to their event: each would lock the one hot event row once more for every hold of the sale.
"""

from alembic import op

revision = "0001"
down_revision = None

CATALOGUE = """
CREATE TABLE venues (
    venue_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE events (
    event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event text NOT NULL UNIQUE CHECK (event ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    room text NOT NULL,
    venue_id bigint NOT NULL REFERENCES venues,
    name text NOT NULL,
    starts_at timestamptz NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
    limit_per_fan integer NOT NULL CHECK (limit_per_fan > 0),
    hold_seconds integer NOT NULL DEFAULT 600 CHECK (hold_seconds > 0),
    longest_hold_seconds integer NOT NULL DEFAULT 1800 CHECK (longest_hold_seconds >= hold_seconds),
    payment_seconds integer NOT NULL DEFAULT 300 CHECK (payment_seconds > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz
);
CREATE INDEX events_on_sale ON events (room, created_at DESC) WHERE archived_at IS NULL;

CREATE TABLE categories (
    category_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id bigint NOT NULL REFERENCES events,
    category text NOT NULL CHECK (category ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    name text NOT NULL,
    price bigint NOT NULL CHECK (price >= 0),
    position integer NOT NULL,
    UNIQUE (event_id, category)
);
"""

# A seating row is the unit of locking: whoever changes a seat holds its row's lock, so the summary beside the
# lock (how many are free, which runs of free seats exist) is true whenever the lock is had.
SEATS = """
CREATE TABLE seating_rows (
    row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id bigint NOT NULL REFERENCES events,
    category_id bigint NOT NULL REFERENCES categories,
    section text NOT NULL,
    row_label text NOT NULL,
    distance integer NOT NULL,
    seat_count integer NOT NULL,
    free_seats integer NOT NULL CHECK (free_seats >= 0),
    sold_seats integer NOT NULL DEFAULT 0 CHECK (sold_seats >= 0),
    runs bigint NOT NULL,
    next_expiry timestamptz NOT NULL DEFAULT 'infinity',
    UNIQUE (event_id, section, row_label),
    CHECK (free_seats + sold_seats <= seat_count)
) WITH (fillfactor = 50);
CREATE INDEX seating_rows_by_distance ON seating_rows (category_id, distance, row_id);
COMMENT ON COLUMN seating_rows.runs IS 'bit n: there is a run of n free neighbouring seats (62: 62 or more)';
COMMENT ON COLUMN seating_rows.next_expiry IS 'no hold in this row ends sooner';

CREATE TABLE seats (
    seat_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id bigint NOT NULL,
    row_id bigint NOT NULL REFERENCES seating_rows,
    seat text NOT NULL,
    number text NOT NULL,
    place integer NOT NULL,
    distance integer NOT NULL,
    hold_id text,
    held_until timestamptz,
    is_sold boolean NOT NULL DEFAULT false,
    UNIQUE (event_id, seat),
    UNIQUE (row_id, place),
    CHECK (is_sold <= (hold_id IS NOT NULL)),
    CHECK ((held_until IS NULL) = (hold_id IS NULL OR is_sold))
) WITH (fillfactor = 70);
COMMENT ON COLUMN seats.place IS 'order of seating; an aisle is a number left out';
"""

SESSIONS = """
CREATE TABLE sessions (
    session_id text PRIMARY KEY,
    room text NOT NULL,
    epoch text NOT NULL,
    fan_id text NOT NULL,
    opening_key bytea NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    entered_at timestamptz,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    UNIQUE (epoch, fan_id)
) WITH (fillfactor = 70);
COMMENT ON COLUMN sessions.opening_key IS 'SHA-256 of the Idempotency-Key that opened it';

CREATE TABLE idempotency_keys (
    session_id text NOT NULL REFERENCES sessions,
    key text NOT NULL,
    fingerprint text NOT NULL,
    order_id text,
    status integer,
    answer jsonb,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    PRIMARY KEY (session_id, key),
    CHECK ((status IS NULL) = (finished_at IS NULL))
);
"""

HOLDS = """
CREATE TABLE holds (
    hold_id text PRIMARY KEY,
    event_id bigint NOT NULL,
    session_id text NOT NULL REFERENCES sessions,
    seat_count integer NOT NULL CHECK (seat_count > 0),
    together boolean NOT NULL,
    state text NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'released', 'secured')),
    placed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    payment_started_at timestamptz
) WITH (fillfactor = 70);
CREATE INDEX holds_of_session ON holds (session_id);
COMMENT ON COLUMN holds.state IS 'live counts until expires_at only: expiry is a predicate, nobody has to write it';

CREATE TABLE hold_seats (
    hold_id text NOT NULL REFERENCES holds,
    seat_id bigint NOT NULL REFERENCES seats,
    category_id bigint NOT NULL,
    price bigint NOT NULL,
    PRIMARY KEY (hold_id, seat_id)
);
"""

ORDERS = """
CREATE TABLE order_transitions (
    from_status text NOT NULL,
    to_status text NOT NULL,
    PRIMARY KEY (from_status, to_status)
);

CREATE TABLE orders (
    order_id text PRIMARY KEY,
    secret text NOT NULL,
    event_id bigint NOT NULL,
    session_id text NOT NULL REFERENCES sessions,
    hold_id text NOT NULL REFERENCES holds,
    email text NOT NULL,
    locale text,
    amount bigint NOT NULL CHECK (amount >= 0),
    currency text NOT NULL,
    status text NOT NULL DEFAULT 'awaiting_payment',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX one_live_order_a_hold ON orders (hold_id)
    WHERE status NOT IN ('cancelled', 'expired', 'voided');
CREATE INDEX orders_of_session ON orders (session_id);

CREATE TABLE order_lines (
    order_id text NOT NULL REFERENCES orders,
    line integer NOT NULL,
    seat_id bigint NOT NULL REFERENCES seats,
    category_id bigint NOT NULL REFERENCES categories,
    amount bigint NOT NULL,
    PRIMARY KEY (order_id, line),
    UNIQUE (order_id, seat_id)
);

CREATE TABLE tickets (
    ticket_id text PRIMARY KEY,
    order_id text NOT NULL,
    line integer NOT NULL,
    event_id bigint NOT NULL,
    seat_id bigint NOT NULL REFERENCES seats,
    is_live boolean NOT NULL DEFAULT true,
    proof text,
    issued_at timestamptz,
    FOREIGN KEY (order_id, line) REFERENCES order_lines
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX one_live_ticket_a_seat ON tickets (event_id, seat_id) WHERE is_live;
CREATE INDEX tickets_of_order ON tickets (order_id);
"""

# A payment is one try of the buyer to pay an order; an attempt is one call to the provider for it, written
# down before the call, so that whatever happens to us during the call is known from the rows.
PAYMENTS = """
CREATE TABLE payments (
    payment_id text PRIMARY KEY,
    order_id text NOT NULL REFERENCES orders,
    number integer NOT NULL,
    provider text NOT NULL,
    method text NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    status text NOT NULL DEFAULT 'started' CHECK (status IN
        ('started', 'needs_action', 'authorised', 'captured', 'declined', 'voided', 'failed', 'unknown')),
    reference text,
    failure text,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (order_id, number)
) WITH (fillfactor = 70);

CREATE TABLE payment_attempts (
    attempt_key text PRIMARY KEY,
    payment_id text NOT NULL REFERENCES payments,
    step text NOT NULL CHECK (step IN ('authorise', 'capture', 'void')),
    outcome text,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz
) WITH (fillfactor = 70);
CREATE INDEX attempts_of_payment ON payment_attempts (payment_id);
COMMENT ON COLUMN payment_attempts.outcome IS 'null: the provider has not answered';
"""

LEDGER = """
CREATE TABLE ledger (
    entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    event_id bigint NOT NULL,
    what text NOT NULL,
    hold_id text,
    order_id text,
    payment_id text,
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX ledger_of_order ON ledger (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX ledger_of_hold ON ledger (hold_id) WHERE hold_id IS NOT NULL;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is insert-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ledger_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
    EXECUTE FUNCTION refuse_change();

CREATE FUNCTION check_order_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> OLD.status AND NOT EXISTS (
        SELECT FROM order_transitions WHERE from_status = OLD.status AND to_status = NEW.status
    ) THEN
        RAISE EXCEPTION 'an order may not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation';
    END IF;
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER order_status_follows_the_table BEFORE UPDATE OF status ON orders
    FOR EACH ROW EXECUTE FUNCTION check_order_status();

CREATE FUNCTION record_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger (event_id, what, hold_id, order_id, detail)
    VALUES (NEW.event_id, 'order ' || NEW.status, NEW.hold_id, NEW.order_id,
            jsonb_build_object('amount', NEW.amount, 'currency', NEW.currency));
    RETURN NULL;
END $$;
CREATE TRIGGER order_made_is_recorded AFTER INSERT ON orders
    FOR EACH ROW EXECUTE FUNCTION record_order();
CREATE TRIGGER order_change_is_recorded AFTER UPDATE OF status ON orders
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION record_order();

CREATE FUNCTION record_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger (event_id, what, order_id, payment_id, detail)
    SELECT event_id, 'payment ' || NEW.status, NEW.order_id, NEW.payment_id,
           jsonb_build_object('amount', NEW.amount, 'currency', NEW.currency, 'reference', NEW.reference)
    FROM orders WHERE order_id = NEW.order_id;
    RETURN NULL;
END $$;
CREATE TRIGGER payment_made_is_recorded AFTER INSERT ON payments
    FOR EACH ROW EXECUTE FUNCTION record_payment();
CREATE TRIGGER payment_change_is_recorded AFTER UPDATE OF status ON payments
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION record_payment();
"""

# The sandbox is a counterpart like any other: nothing above refers to this schema, and it refers to nothing.
SANDBOX = """
CREATE SCHEMA sandbox;
CREATE TABLE sandbox.authorisations (
    authorisation text PRIMARY KEY,
    amount bigint NOT NULL,
    currency text NOT NULL,
    method text NOT NULL,
    order_reference text NOT NULL,
    status text NOT NULL CHECK (status IN ('authorised', 'captured', 'voided')),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE sandbox.requests (
    key text PRIMARY KEY,
    fingerprint text NOT NULL,
    answer jsonb NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""


def upgrade() -> None:
    """Make everything; each part stands on those before it."""
    for part in (CATALOGUE, SEATS, SESSIONS, HOLDS, ORDERS, PAYMENTS, LEDGER, SANDBOX):
        op.execute(part)
