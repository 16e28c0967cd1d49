-- Count what a fan has of an event: seats in live holds, and live tickets.
CREATE OR REPLACE FUNCTION seats_of_fan(for_session text, of_event bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        SELECT (
            SELECT coalesce(sum(seat_count), 0) FROM holds
            WHERE session_id = for_session AND event_id = of_event
                AND state = 'live' AND expires_at > clock_timestamp()
        ) + (
            SELECT count(*) FROM tickets JOIN orders USING (order_id)
            WHERE orders.session_id = for_session AND orders.event_id = of_event AND tickets.is_live
        )
    );
END $$;
