-- The money is on its way back: the tickets of its lines end and their seats are for others. Repeated: changes nothing.
CREATE OR REPLACE FUNCTION settle_refunded(of_refund text, with_reference text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    of_order orders := lock_payment((SELECT payment_id FROM refunds WHERE refund_id = of_refund));
    freed bigint[];
BEGIN
    UPDATE refunds SET status = 'refunded', reference = with_reference, changed_at = clock_timestamp()
    WHERE refund_id = of_refund AND status = 'started';
    IF NOT FOUND THEN
        RETURN refund_document(of_refund);
    END IF;
    UPDATE payment_attempts SET outcome = 'refunded', finished_at = clock_timestamp() WHERE attempt_key = of_refund;
    freed := ARRAY(SELECT seat_id FROM refund_lines JOIN order_lines USING (order_id, line)
        WHERE refund_id = of_refund);
    UPDATE tickets SET is_live = false WHERE order_id = of_order.order_id AND seat_id = ANY (freed);
    PERFORM free_sold_seats(freed);
    INSERT INTO ledger (event_id, what, hold_id, order_id, detail)
    VALUES (of_order.event_id, 'seats freed, refunded', of_order.hold_id, of_order.order_id, jsonb_build_object(
        'refund', of_refund, 'seats', (SELECT jsonb_agg(seat ORDER BY seat_id) FROM seats WHERE seat_id = ANY (freed))));
    UPDATE orders SET status = CASE WHEN EXISTS (
        SELECT FROM tickets WHERE order_id = of_order.order_id AND is_live
    ) THEN 'partly_refunded' ELSE 'refunded' END WHERE order_id = of_order.order_id;
    RETURN refund_document(of_refund);
END $$;
