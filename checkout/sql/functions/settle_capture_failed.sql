-- The authorisation did not hold: the order is voided, its tickets end, the seats are free again, what may still be
-- reserved is let go, and a human is told. Repeated: changes nothing.
CREATE OR REPLACE FUNCTION settle_capture_failed(for_payment text, with_code text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    of_order orders := lock_payment(for_payment);
BEGIN
    IF of_order.status = 'secured' THEN
        UPDATE orders SET status = 'voided' WHERE order_id = of_order.order_id;
        PERFORM note_attempt(for_payment, 'capture', with_code, 'failed');
        UPDATE tickets SET is_live = false WHERE order_id = of_order.order_id;
        UPDATE holds SET state = 'released' WHERE hold_id = of_order.hold_id;
        PERFORM free_seats_of_hold(of_order.hold_id);
        INSERT INTO ledger (event_id, what, hold_id, order_id, payment_id)
        VALUES (of_order.event_id, 'seats freed, capture failed', of_order.hold_id, of_order.order_id, for_payment);
        PERFORM begin_attempt(for_payment, 'void');
        PERFORM open_case('capture-failed', for_payment, for_payment || '.capture', with_code);
    END IF;
    RETURN payment_document(for_payment);
END $$;
