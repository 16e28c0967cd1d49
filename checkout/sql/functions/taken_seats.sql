-- Say which of these seats are held, sold or blocked at a moment; null: none.
CREATE OR REPLACE FUNCTION taken_seats(among bigint[], at_moment timestamptz)
RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        SELECT jsonb_build_object('outcome', 'seats-unavailable', 'seats', jsonb_agg(seat ORDER BY seat_id),
            'reason', CASE WHEN bool_or(is_sold) THEN 'sold' WHEN bool_or(is_blocked) THEN 'blocked' ELSE 'held' END)
        FROM seats WHERE seat_id = ANY (among) AND NOT is_free(seats, at_moment) HAVING count(*) > 0
    );
END $$;
