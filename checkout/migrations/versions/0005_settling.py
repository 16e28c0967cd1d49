"""What settling an interrupted payment needs: when to look again, refunds, and cases for a human.

The next call to the provider is the attempt without an outcome: whoever finds one that is due makes the call again,
under the same key.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

ATTEMPTS = """
ALTER TABLE payments ADD COLUMN next_action jsonb;
ALTER TABLE payments ADD COLUMN is_retryable boolean;
CREATE INDEX payments_by_reference ON payments (reference) WHERE reference IS NOT NULL;

ALTER TABLE payment_attempts DROP CONSTRAINT payment_attempts_step_check;
ALTER TABLE payment_attempts ADD CONSTRAINT payment_attempts_step_check
    CHECK (step IN ('authorise', 'confirm', 'capture', 'void', 'refund'));
ALTER TABLE payment_attempts ADD COLUMN refund_id text;
ALTER TABLE payment_attempts ADD COLUMN tries integer NOT NULL DEFAULT 0;
ALTER TABLE payment_attempts ADD COLUMN due_at timestamptz
    NOT NULL DEFAULT clock_timestamp() + interval '30 seconds';
CREATE INDEX attempts_to_settle ON payment_attempts (due_at) WHERE outcome IS NULL;
COMMENT ON COLUMN payment_attempts.due_at IS 'when another process may make the call again; a case has infinity';

ALTER TABLE idempotency_keys ADD COLUMN payment_id text;
CREATE INDEX calls_of_payment ON idempotency_keys (payment_id) WHERE status IS NULL;
CREATE INDEX orders_to_expire ON orders (created_at) WHERE status IN ('awaiting_payment', 'needs_action');
"""

# They answer otherwise now than the verbs of the same names did.
VERBS = """
DROP FUNCTION IF EXISTS note_attempt(text, text, text, text, text), secure_order(text, text),
    settle_captured(text, text[], text[]), settle_capture_failed(text, text), settle_declined(text, text),
    settle_needs_action(text), settle_unknown(text);
"""

REFUNDS = """
CREATE TABLE refunds (
    refund_id text PRIMARY KEY,
    order_id text NOT NULL REFERENCES orders,
    payment_id text NOT NULL REFERENCES payments,
    amount bigint NOT NULL CHECK (amount > 0),
    reason text NOT NULL,
    status text NOT NULL DEFAULT 'started' CHECK (status IN ('started', 'refunded', 'failed')),
    reference text,
    asked_key text UNIQUE,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX refunds_of_order ON refunds (order_id);
COMMENT ON COLUMN refunds.asked_key IS 'what makes a repeated request the same refund';

CREATE TABLE refund_lines (
    refund_id text NOT NULL REFERENCES refunds,
    order_id text NOT NULL,
    line integer NOT NULL,
    is_live boolean NOT NULL DEFAULT true,
    PRIMARY KEY (refund_id, line),
    FOREIGN KEY (order_id, line) REFERENCES order_lines
);
CREATE UNIQUE INDEX one_live_refund_a_line ON refund_lines (order_id, line) WHERE is_live;
ALTER TABLE payment_attempts ADD FOREIGN KEY (refund_id) REFERENCES refunds;

CREATE FUNCTION record_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger (event_id, what, order_id, payment_id, detail)
    SELECT event_id, 'refund ' || NEW.status, NEW.order_id, NEW.payment_id,
           jsonb_build_object('refund', NEW.refund_id, 'amount', NEW.amount, 'reference', NEW.reference)
    FROM orders WHERE order_id = NEW.order_id;
    RETURN NULL;
END $$;
CREATE TRIGGER refund_made_is_recorded AFTER INSERT ON refunds
    FOR EACH ROW EXECUTE FUNCTION record_refund();
CREATE TRIGGER refund_change_is_recorded AFTER UPDATE OF status ON refunds
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION record_refund();
"""

CASES = """
CREATE TABLE cases (
    case_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    order_id text REFERENCES orders,
    payment_id text REFERENCES payments,
    attempt_key text REFERENCES payment_attempts,
    detail text NOT NULL DEFAULT '',
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at timestamptz,
    closed_with text
);
CREATE UNIQUE INDEX one_open_case ON cases (kind, coalesce(attempt_key, payment_id, order_id)) WHERE closed_at IS NULL;
COMMENT ON TABLE cases IS 'what no machine can settle; checkout/cases.py says what to do with each kind';
"""

SANDBOX = """
ALTER TABLE sandbox.authorisations RENAME COLUMN order_reference TO payment_id;
ALTER TABLE sandbox.authorisations DROP CONSTRAINT authorisations_status_check;
ALTER TABLE sandbox.authorisations ADD CONSTRAINT authorisations_status_check
    CHECK (status IN ('needs_action', 'declined', 'authorised', 'captured', 'voided'));
ALTER TABLE sandbox.authorisations ADD COLUMN refunded bigint NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount);
"""


def upgrade() -> None:
    """Make everything."""
    for part in (ATTEMPTS, VERBS, REFUNDS, CASES, SANDBOX):
        op.execute(part)
