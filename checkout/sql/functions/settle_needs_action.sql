-- The bank wants the buyer to do something: the order waits for that, and is looked up when the buyer says so, or in a
-- minute by whoever settles. Repeated: changes nothing.
CREATE OR REPLACE FUNCTION settle_needs_action(for_payment text, by_step text, authorisation text, wanted jsonb)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    of_order orders := lock_payment(for_payment);
BEGIN
    PERFORM FROM payment_attempts WHERE attempt_key = for_payment || '.' || by_step AND outcome IS NULL;
    IF FOUND AND of_order.status IN ('authorising', 'unknown') THEN
        PERFORM note_attempt(for_payment, by_step, 'needs_action', 'needs_action', authorisation);
        UPDATE payments SET next_action = wanted WHERE payment_id = for_payment;
        UPDATE orders SET status = 'needs_action' WHERE order_id = of_order.order_id;
        PERFORM begin_attempt(for_payment, 'confirm', '1 minute');
    END IF;
    RETURN payment_document(for_payment);
END $$;
