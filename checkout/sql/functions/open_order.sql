-- Make the order of a hold, or take up the one whose payment was declined, and begin a payment.
-- Outcomes: opened (payment), those of standing_of_call, session-over, hold-missing,
-- hold-expired, hold-has-order (order_id), event-cancelled.
CREATE OR REPLACE FUNCTION open_order(
    for_session text, new_order text, new_secret text, for_hold text, to_email text, in_locale text,
    by_provider text, by_method text, call_key text, call_fingerprint text
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    standing jsonb := standing_of_call(for_session, call_key, call_fingerprint);
    is_open boolean;
    of_order orders;
    of_hold holds;
    opened text;
    payment text;
BEGIN
    IF standing IS NOT NULL THEN
        RETURN standing;
    END IF;
    PERFORM lock_event(event_id) FROM holds WHERE hold_id = for_hold;
    is_open := lock_session(for_session);
    SELECT * INTO of_order FROM orders
    WHERE hold_id = for_hold AND session_id = for_session AND status NOT IN ('cancelled', 'expired', 'voided')
    FOR UPDATE;
    IF of_order.status <> 'awaiting_payment' THEN
        RETURN jsonb_build_object('outcome', 'hold-has-order', 'order_id', of_order.order_id);
    END IF;
    SELECT * INTO of_hold FROM holds WHERE hold_id = for_hold AND session_id = for_session FOR UPDATE;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('outcome', 'hold-missing');
    END IF;
    IF EXISTS (SELECT FROM events WHERE event_id = of_hold.event_id AND cancelled_at IS NOT NULL) THEN
        RETURN jsonb_build_object('outcome', 'event-cancelled');
    END IF;
    IF NOT prepare_to_pay(of_hold) THEN
        UPDATE orders SET status = 'expired' WHERE order_id = of_order.order_id;
        RETURN jsonb_build_object('outcome', 'hold-expired');
    END IF;
    IF NOT is_open THEN
        RETURN jsonb_build_object('outcome', 'session-over');
    END IF;
    opened := coalesce(of_order.order_id, new_order);
    IF of_order.order_id IS NULL THEN
        PERFORM write_order(new_order, new_secret, of_hold);
    END IF;
    UPDATE orders SET email = to_email, locale = in_locale WHERE order_id = opened;
    payment := start_payment(opened, by_provider, by_method);
    INSERT INTO idempotency_keys (session_id, key, fingerprint, order_id, payment_id)
    VALUES (for_session, call_key, call_fingerprint, opened, payment);
    RETURN jsonb_build_object('outcome', 'opened', 'payment', payment_document(payment));
END $$;
