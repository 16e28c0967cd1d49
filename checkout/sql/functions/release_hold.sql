-- End a hold at its owner's wish, and with it an order that was not paid.
-- Outcomes: released (also when it was), hold-missing, hold-has-order (order_id).
CREATE OR REPLACE FUNCTION release_hold(for_session text, of_hold text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    of_order orders;
    ended holds;
BEGIN
    PERFORM lock_session(for_session);
    SELECT * INTO of_order FROM orders
    WHERE hold_id = of_hold AND session_id = for_session AND status NOT IN ('cancelled', 'expired', 'voided')
    FOR UPDATE;
    IF of_order.status NOT IN ('awaiting_payment', 'needs_action') THEN
        RETURN jsonb_build_object('outcome', 'hold-has-order', 'order_id', of_order.order_id);
    END IF;
    SELECT * INTO ended FROM holds WHERE hold_id = of_hold AND session_id = for_session FOR UPDATE;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('outcome', 'hold-missing');
    END IF;
    IF ended.state = 'live' THEN
        UPDATE orders SET status = 'cancelled' WHERE order_id = of_order.order_id;
        PERFORM void_what_was_begun(of_order.order_id);
        UPDATE holds SET state = 'released' WHERE hold_id = of_hold;
        PERFORM free_seats_of_hold(of_hold);
        INSERT INTO ledger (event_id, what, hold_id) VALUES (ended.event_id, 'hold released', of_hold);
    END IF;
    RETURN jsonb_build_object('outcome', 'released');
END $$;
