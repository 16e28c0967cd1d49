-- Make the seats the buyer's: the one moment after which they are guaranteed.
-- The card is authorised; the capture is written down as the next call. Outcomes: secured, hold-expired (the
-- authorisation is then to be voided, and that is written down), not-authorising (status).
CREATE OR REPLACE FUNCTION secure_order(for_payment text, authorisation text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    of_order orders;
    of_hold holds;
BEGIN
    -- The fan's other calls wait: one that counted seats between the end of the hold and our commit would see none.
    PERFORM lock_session(session_id) FROM orders JOIN payments USING (order_id) WHERE payment_id = for_payment;
    SELECT orders.* INTO of_order FROM orders JOIN payments USING (order_id)
    WHERE payment_id = for_payment FOR UPDATE OF orders;
    IF of_order.status NOT IN ('authorising', 'unknown') THEN
        RETURN jsonb_build_object('outcome', 'not-authorising', 'status', of_order.status);
    END IF;
    SELECT * INTO of_hold FROM holds WHERE hold_id = of_order.hold_id FOR UPDATE;
    PERFORM note_attempt(for_payment, 'authorise', 'authorised', 'authorised', authorisation);
    IF of_hold.state <> 'live' OR NOT lock_whole_hold(of_hold.hold_id)
        OR of_hold.expires_at <= clock_timestamp() THEN
        UPDATE orders SET status = 'expired' WHERE order_id = of_order.order_id;
        INSERT INTO payment_attempts (attempt_key, payment_id, step)
        VALUES (for_payment || '.void', for_payment, 'void');
        RETURN jsonb_build_object('outcome', 'hold-expired');
    END IF;
    PERFORM sell_seats(of_order);
    UPDATE orders SET status = 'secured' WHERE order_id = of_order.order_id;
    INSERT INTO payment_attempts (attempt_key, payment_id, step)
    VALUES (for_payment || '.capture', for_payment, 'capture');
    RETURN jsonb_build_object('outcome', 'secured');
END $$;
