-- Describe an event to its vendor, without its categories.
CREATE OR REPLACE FUNCTION event_terms(of_event bigint)
RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        SELECT jsonb_build_object(
            'event', event, 'room', room, 'venue', venue, 'seat_map', seat_map, 'name', events.name,
            'starts_at', rfc3339(starts_at), 'currency', currency, 'limit_per_fan', limit_per_fan,
            'hold_seconds', hold_seconds, 'longest_hold_seconds', longest_hold_seconds,
            'payment_seconds', payment_seconds, 'longest_visit_seconds', longest_visit_seconds,
            'fees', fees, 'taxes', taxes, 'version', events.version,
            'cancelled_at', rfc3339(cancelled_at), 'cancel_reason', cancel_reason)
        FROM events JOIN venues USING (venue_id) LEFT JOIN seat_maps USING (seat_map_id) WHERE event_id = of_event
    );
END $$;
