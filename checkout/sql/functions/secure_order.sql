-- Make the seats the buyer's: the one moment after which they are guaranteed.
-- The card is authorised; the capture is written down as the next call, or the void when the seats are gone. A hold
-- that has expired still has its seats until somebody takes one over, so a late success is secured too.
-- Repeated, or behind another process that was faster: changes nothing.
CREATE OR REPLACE FUNCTION secure_order(for_payment text, by_step text, authorisation text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    of_order orders := lock_payment(for_payment);
    of_hold holds;
BEGIN
    PERFORM FROM payment_attempts WHERE attempt_key = for_payment || '.' || by_step AND outcome IS NULL;
    IF NOT FOUND THEN
        RETURN payment_document(for_payment);
    END IF;
    PERFORM note_attempt(for_payment, by_step, 'authorised', 'authorised', authorisation);
    SELECT * INTO of_hold FROM holds WHERE hold_id = of_order.hold_id FOR UPDATE;
    IF of_order.status IN ('authorising', 'unknown') AND may_secure(of_hold) THEN
        PERFORM sell_seats(of_order);
        UPDATE orders SET status = 'secured' WHERE order_id = of_order.order_id;
        PERFORM begin_attempt(for_payment, 'capture');
    ELSE
        UPDATE orders SET status = 'expired' WHERE order_id = of_order.order_id AND status IN ('authorising', 'unknown');
        PERFORM begin_attempt(for_payment, 'void');
    END IF;
    RETURN payment_document(for_payment);
END $$;
