-- Lock what a payment may change, in the order of all: the event, the fan's session, the order; return the order.
-- The fan's other calls wait: one that counted seats between the end of a hold and our commit would see none.
CREATE OR REPLACE FUNCTION lock_payment(of_payment text)
RETURNS orders LANGUAGE plpgsql AS $$
DECLARE
    of_order orders;
BEGIN
    PERFORM lock_event(event_id) FROM orders JOIN payments USING (order_id) WHERE payment_id = of_payment;
    PERFORM lock_session(session_id) FROM orders JOIN payments USING (order_id) WHERE payment_id = of_payment;
    SELECT orders.* INTO of_order FROM orders JOIN payments USING (order_id)
    WHERE payment_id = of_payment FOR UPDATE OF orders;
    RETURN of_order;
END $$;
