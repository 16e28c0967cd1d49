"""Webhooks: where vendors are called, with what, and what came of each try; a cancelled event is told to its buyers."""

from alembic import op

revision = "0007"
down_revision = "0006"

WEBHOOKS = """
CREATE TABLE webhooks (
    webhook_id text PRIMARY KEY,
    vendor_id bigint NOT NULL REFERENCES vendors,
    url text NOT NULL,
    events text[] NOT NULL,
    secret text NOT NULL,
    old_secret text,
    old_secret_until timestamptz,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    failing_since timestamptz,
    disabled_at timestamptz,
    disabled_why text,
    UNIQUE (vendor_id, url)
);
COMMENT ON COLUMN webhooks.events IS 'which kinds are sent; none: all of them';

CREATE TABLE webhook_rules (
    to_status text PRIMARY KEY,
    kind text NOT NULL
);
COMMENT ON TABLE webhook_rules IS 'the copy of checkout/vendors/webhook_kinds.py that the trigger on orders reads';

CREATE TABLE webhook_deliveries (
    delivery_id text PRIMARY KEY,
    webhook_id text NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 70);
CREATE INDEX deliveries_of_webhook ON webhook_deliveries (webhook_id, made_at DESC);

CREATE TABLE webhook_tries (
    delivery_id text NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
    number integer NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    status integer,
    failure text,
    milliseconds integer NOT NULL,
    PRIMARY KEY (delivery_id, number)
);
COMMENT ON COLUMN webhook_tries.status IS 'what the endpoint answered; null: it did not';

CREATE FUNCTION announce_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM call_vendor(NEW.event_id, kind, webhook_order(NEW)) FROM webhook_rules WHERE to_status = NEW.status;
    RETURN NULL;
END $$;
CREATE TRIGGER order_change_is_announced AFTER UPDATE OF status ON orders
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION announce_order();

CREATE FUNCTION announce_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM call_vendor(event_id, 'order.refunded', webhook_order(orders) || jsonb_build_object('refund',
        jsonb_build_object('refund_id', NEW.refund_id, 'amount', NEW.amount, 'currency', currency)))
    FROM orders WHERE order_id = NEW.order_id;
    RETURN NULL;
END $$;
-- Deferred: the order's status is that after the refund.
CREATE CONSTRAINT TRIGGER refund_is_announced AFTER UPDATE OF status ON refunds DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.status <> NEW.status AND NEW.status = 'refunded') EXECUTE FUNCTION announce_refund();

CREATE FUNCTION announce_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.cancelled_at IS NOT NULL AND OLD.cancelled_at IS NULL THEN
        PERFORM tell_of_event(NEW.event_id, 'event_cancelled', '{}');
        PERFORM call_vendor(NEW.event_id, 'event.cancelled', webhook_event(NEW));
    ELSIF NEW.starts_at <> OLD.starts_at OR NEW.venue_id <> OLD.venue_id THEN
        PERFORM call_vendor(NEW.event_id, 'event.moved',
            webhook_event(NEW) || jsonb_build_object('before', webhook_event(OLD)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER event_change_is_announced AFTER UPDATE ON events
    FOR EACH ROW EXECUTE FUNCTION announce_event();
"""


def upgrade() -> None:
    """Make the tables and the triggers."""
    op.execute(WEBHOOKS)
