-- The card was declined: the hold stays, the order waits for another try. What the bank asked about and the buyer
-- refused is let go, so that nobody can confirm it later. Repeated: changes nothing.
CREATE OR REPLACE FUNCTION settle_declined(for_payment text, by_step text, with_code text, may_retry boolean)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    of_order orders := lock_payment(for_payment);
BEGIN
    -- What is done late must not undo the buyer's next try.
    PERFORM FROM payment_attempts WHERE attempt_key = for_payment || '.' || by_step AND outcome IS NULL;
    IF NOT FOUND THEN
        RETURN payment_document(for_payment);
    END IF;
    IF of_order.status IN ('authorising', 'unknown', 'needs_action') THEN
        UPDATE orders SET status = 'awaiting_payment' WHERE order_id = of_order.order_id;
    END IF;
    PERFORM note_attempt(for_payment, by_step, with_code, 'declined');
    PERFORM begin_attempt(for_payment, 'void') WHERE by_step = 'confirm';
    UPDATE payments SET is_retryable = may_retry WHERE payment_id = for_payment;
    RETURN payment_document(for_payment);
END $$;
