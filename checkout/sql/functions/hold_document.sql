-- Describe a hold.
CREATE OR REPLACE FUNCTION hold_document(of_hold text)
RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        SELECT jsonb_build_object(
            'hold_id', hold_id, 'event', event, 'room', room, 'event_name', name,
            'amount', amount, 'currency', holds.currency, 'lines', lines,
            'together', together, 'relaxed', relaxed, 'state', state,
            'expires_at_ms', floor(extract(epoch FROM expires_at) * 1000),
            'longest_at_ms', floor(extract(epoch FROM placed_at) * 1000) + longest_hold_seconds * 1000,
            'seats', (
                SELECT jsonb_agg(jsonb_build_object('seat', seat, 'category', category,
                        'price', hold_seats.price, 'kind', kind)
                    ORDER BY seats.row_id, place)
                FROM hold_seats JOIN seats USING (seat_id) JOIN categories USING (category_id)
                WHERE hold_seats.hold_id = of_hold
            ))
        FROM holds JOIN events USING (event_id) WHERE hold_id = of_hold
    );
END $$;
