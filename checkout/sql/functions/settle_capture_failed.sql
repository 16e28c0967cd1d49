-- The authorisation did not hold: the order is voided, its tickets end, the seats are free again.
CREATE OR REPLACE FUNCTION settle_capture_failed(for_payment text, with_code text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    of_order orders;
BEGIN
    SELECT orders.* INTO of_order FROM orders JOIN payments USING (order_id)
    WHERE payment_id = for_payment FOR UPDATE OF orders;
    UPDATE orders SET status = 'voided' WHERE order_id = of_order.order_id;
    PERFORM note_attempt(for_payment, 'capture', with_code, 'failed', NULL);
    UPDATE tickets SET is_live = false WHERE order_id = of_order.order_id;
    UPDATE holds SET state = 'released' WHERE hold_id = of_order.hold_id;
    PERFORM free_seats_of_hold(of_order.hold_id);
    INSERT INTO ledger (event_id, what, hold_id, order_id, payment_id)
    VALUES (of_order.event_id, 'seats freed, capture failed', of_order.hold_id, of_order.order_id, for_payment);
END $$;
