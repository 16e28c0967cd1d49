-- Let go what a bank may have begun to reserve for an order that ended while the buyer was to do something.
CREATE OR REPLACE FUNCTION void_what_was_begun(of_order text)
RETURNS void LANGUAGE sql AS $$
    UPDATE payment_attempts SET outcome = 'given_up', finished_at = clock_timestamp()
    FROM payments WHERE order_id = of_order AND payments.status = 'needs_action'
        AND payment_attempts.payment_id = payments.payment_id AND step = 'confirm' AND outcome IS NULL;
    SELECT begin_attempt(payment_id, 'void', '0 seconds')
    FROM payments WHERE order_id = of_order AND status = 'needs_action'
$$;
