"""Notices: what buyers are told, once a cause; triggers defer them, so that none can be forgotten."""

from alembic import op

revision = "0006"
down_revision = "0003"

# The verbs that the triggers call are in sql/functions.
NOTICES = """
CREATE TABLE notice_rules (
    to_status text PRIMARY KEY,
    kind text NOT NULL,
    wait_seconds integer NOT NULL
);
COMMENT ON TABLE notice_rules IS 'the copy of checkout/notice_rules.py that the trigger on orders reads';

CREATE TABLE notices (
    notice_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id text NOT NULL REFERENCES orders,
    kind text NOT NULL,
    occurrence text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'moot', 'refused', 'unsent')),
    failure text,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz,
    UNIQUE (order_id, kind, occurrence)
) WITH (fillfactor = 70);
CREATE INDEX notices_not_sent ON notices (notice_id) WHERE state <> 'sent';
COMMENT ON COLUMN notices.occurrence IS 'what makes one cause another: the payment, the refund, the new date';
COMMENT ON COLUMN notices.state IS 'moot: no longer true when its time came; unsent: there is no mail server';

CREATE FUNCTION tell_of_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tell_of_status(NEW);
    RETURN NULL;
END $$;
CREATE TRIGGER order_change_is_told AFTER UPDATE OF status ON orders
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION tell_of_order();

CREATE FUNCTION tell_of_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tell_buyer(NEW.order_id, 'refunded', NEW.refund_id, jsonb_build_object('amount', NEW.amount));
    RETURN NULL;
END $$;
CREATE TRIGGER refund_is_told AFTER UPDATE OF status ON refunds
    FOR EACH ROW WHEN (OLD.status <> NEW.status AND NEW.status = 'refunded') EXECUTE FUNCTION tell_of_refund();

CREATE FUNCTION tell_of_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tell_of_event(NEW.event_id, 'event_moved', jsonb_build_object(
        'before_ms', floor(extract(epoch FROM OLD.starts_at) * 1000)));
    RETURN NULL;
END $$;
CREATE TRIGGER event_move_is_told AFTER UPDATE OF starts_at, venue_id ON events
    FOR EACH ROW WHEN (OLD.starts_at <> NEW.starts_at OR OLD.venue_id <> NEW.venue_id)
    EXECUTE FUNCTION tell_of_move();
"""


def upgrade() -> None:
    """Make the tables and the triggers."""
    op.execute(NOTICES)
