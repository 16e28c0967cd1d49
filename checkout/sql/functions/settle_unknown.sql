-- The provider has not answered the authorisation: whether money is reserved is not known.
CREATE OR REPLACE FUNCTION settle_unknown(for_payment text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders SET status = 'unknown' FROM payments
    WHERE payment_id = for_payment AND orders.order_id = payments.order_id AND orders.status = 'authorising';
    UPDATE payments SET status = 'unknown', changed_at = clock_timestamp() WHERE payment_id = for_payment;
END $$;
