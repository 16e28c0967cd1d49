-- The provider has not answered: whether money is reserved, taken or let go is not known, so the call is due again,
-- later each time, up to a quarter of an hour.
CREATE OR REPLACE FUNCTION settle_unknown(for_payment text, by_step text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    of_order orders := lock_payment(for_payment);
BEGIN
    UPDATE orders SET status = 'unknown' WHERE order_id = of_order.order_id AND status = 'authorising';
    UPDATE payments SET status = 'unknown', changed_at = clock_timestamp()
    WHERE payment_id = for_payment AND status = 'started';
    PERFORM put_off(for_payment || '.' || by_step);
    RETURN payment_document(for_payment) || '{"next": null}';
END $$;
