-- The bank wants the buyer to do something: the order waits for that.
CREATE OR REPLACE FUNCTION settle_needs_action(for_payment text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders SET status = 'needs_action' FROM payments
    WHERE payment_id = for_payment AND orders.order_id = payments.order_id;
    PERFORM note_attempt(for_payment, 'authorise', 'needs_action', 'needs_action', NULL);
END $$;
