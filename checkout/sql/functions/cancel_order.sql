-- Cancel an order that is not paid, and give its seats back.
-- Outcomes: cancelled (also when it was), order-missing, order-not-cancellable (status).
CREATE OR REPLACE FUNCTION cancel_order(for_session text, of_order text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    ended orders;
BEGIN
    PERFORM lock_session(for_session);
    SELECT * INTO ended FROM orders WHERE order_id = of_order AND session_id = for_session FOR UPDATE;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('outcome', 'order-missing');
    END IF;
    IF ended.status NOT IN ('awaiting_payment', 'needs_action', 'cancelled') THEN
        RETURN jsonb_build_object('outcome', 'order-not-cancellable', 'status', ended.status);
    END IF;
    IF ended.status <> 'cancelled' THEN
        PERFORM release_hold(for_session, ended.hold_id);
    END IF;
    RETURN jsonb_build_object('outcome', 'cancelled', 'order', order_document(of_order));
END $$;
