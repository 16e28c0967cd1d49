-- End the orders whose holds have expired unpaid; what a bank may have begun to reserve for them is let go.
CREATE OR REPLACE FUNCTION expire_orders(most integer)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    late record;
    ended integer := 0;
    found orders;
BEGIN
    FOR late IN
        SELECT order_id, orders.session_id FROM orders JOIN holds USING (hold_id)
        WHERE status IN ('awaiting_payment', 'needs_action')
            AND expires_at < clock_timestamp() - interval '5 seconds' ORDER BY order_id LIMIT most
    LOOP
        PERFORM lock_session(late.session_id);
        SELECT * INTO found FROM orders WHERE order_id = late.order_id FOR UPDATE;
        CONTINUE WHEN found.status NOT IN ('awaiting_payment', 'needs_action') OR EXISTS (
            SELECT FROM holds WHERE hold_id = found.hold_id AND state = 'live' AND expires_at > clock_timestamp());
        UPDATE orders SET status = 'expired' WHERE order_id = found.order_id;
        PERFORM void_what_was_begun(found.order_id);
        ended := ended + 1;
    END LOOP;
    RETURN ended;
END $$;
