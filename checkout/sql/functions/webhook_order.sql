-- Describe an order to its vendor: what was bought, and nothing of who bought it.
CREATE OR REPLACE FUNCTION webhook_order(of_order orders)
RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('order_id', of_order.order_id, 'status', of_order.status, 'event', event,
        'total', jsonb_build_object('amount', of_order.amount, 'currency', of_order.currency),
        'seats', (SELECT jsonb_agg(seat ORDER BY line) FROM order_lines JOIN seats USING (seat_id)
            WHERE order_id = of_order.order_id))
    FROM events WHERE event_id = of_order.event_id
$$;
