-- The card was declined: the hold stays, the order waits for another try.
CREATE OR REPLACE FUNCTION settle_declined(for_payment text, with_code text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders SET status = 'awaiting_payment' FROM payments
    WHERE payment_id = for_payment AND orders.order_id = payments.order_id;
    PERFORM note_attempt(for_payment, 'authorise', with_code, 'declined', NULL);
END $$;
