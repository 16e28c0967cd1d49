-- Begin one try to pay an order: its row, the row of the call that comes next, and the order's state.
CREATE OR REPLACE FUNCTION start_payment(for_order text, by_provider text, by_method text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    next_number integer := (SELECT count(*) + 1 FROM payments WHERE order_id = for_order);
    new_payment text := for_order || '.' || next_number;
BEGIN
    UPDATE orders SET status = 'authorising' WHERE order_id = for_order;
    INSERT INTO payments (payment_id, order_id, number, provider, method, amount, currency)
    SELECT new_payment, order_id, next_number, by_provider, by_method, amount, currency
    FROM orders WHERE order_id = for_order;
    PERFORM begin_attempt(new_payment, 'authorise');
    RETURN new_payment;
END $$;
