-- Take up a payment again for which the buyer was to do something; for_session null: whoever settles asks.
-- Outcomes: confirming (payment), confirmed (payment) when that has been done, order-missing, nothing-to-confirm (status).
CREATE OR REPLACE FUNCTION begin_confirm(of_order text, for_session text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    newest text := (SELECT payment_id FROM payments WHERE order_id = of_order ORDER BY number DESC LIMIT 1);
    found orders := lock_payment(newest);
BEGIN
    IF found.order_id IS NULL OR (for_session IS NOT NULL AND found.session_id <> for_session) THEN
        RETURN jsonb_build_object('outcome', 'order-missing');
    END IF;
    IF found.status <> 'needs_action' AND EXISTS (
        SELECT FROM payment_attempts WHERE attempt_key = newest || '.confirm'
    ) THEN
        RETURN jsonb_build_object('outcome', 'confirmed', 'payment', payment_document(newest));
    END IF;
    IF found.status <> 'needs_action' THEN
        RETURN jsonb_build_object('outcome', 'nothing-to-confirm', 'status', found.status);
    END IF;
    UPDATE orders SET status = 'authorising' WHERE order_id = of_order;
    PERFORM begin_attempt(newest, 'confirm');
    RETURN jsonb_build_object('outcome', 'confirming', 'payment', payment_document(newest));
END $$;
