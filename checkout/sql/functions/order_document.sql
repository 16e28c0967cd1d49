-- Describe an order.
CREATE OR REPLACE FUNCTION order_document(of_order text)
RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        SELECT jsonb_build_object(
            'order_id', order_id, 'secret', secret, 'session_id', orders.session_id, 'hold_id', hold_id,
            'event', event, 'room', events.room, 'event_name', events.name, 'venue', venues.name,
            'starts_at_ms', floor(extract(epoch FROM starts_at) * 1000),
            'epoch', epoch, 'fan_id', fan_id, 'email', email, 'status', status,
            'amount', amount, 'currency', orders.currency,
            'created_at_ms', floor(extract(epoch FROM orders.created_at) * 1000),
            'hold_expires_at_ms', (
                SELECT floor(extract(epoch FROM expires_at) * 1000) FROM holds WHERE holds.hold_id = orders.hold_id),
            'charged', orders.lines,
            'lines', (
                SELECT jsonb_agg(jsonb_build_object('seat', seat, 'category', category, 'amount', order_lines.amount)
                    ORDER BY line)
                FROM order_lines JOIN seats USING (seat_id) JOIN categories USING (category_id)
                WHERE order_lines.order_id = of_order),
            'tickets', (
                SELECT coalesce(jsonb_agg(jsonb_build_object('ticket_id', ticket_id, 'seat', seat, 'proof', proof)
                    ORDER BY line), '[]')
                FROM tickets JOIN seats USING (seat_id) WHERE tickets.order_id = of_order AND is_live))
        FROM orders JOIN events USING (event_id) JOIN venues USING (venue_id) JOIN sessions USING (session_id)
        WHERE order_id = of_order
    );
END $$;
