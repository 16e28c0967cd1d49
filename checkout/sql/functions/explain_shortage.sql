-- Say why there is not enough, counting without skipping: locked for the moment, in carts, or sold.
CREATE OR REPLACE FUNCTION explain_shortage(in_category bigint, wanted integer, at_moment timestamptz)
RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        WITH counted AS (
            SELECT coalesce(sum(CASE
                    WHEN next_expiry > at_moment THEN free_seats
                    ELSE (SELECT count(*) FROM seats WHERE seats.row_id = seating_rows.row_id
                        AND is_free(seats, at_moment))
                END), 0) AS free,
                coalesce(sum(seat_count - sold_seats), 0) AS unsold,
                min(next_expiry) AS expiry
            FROM seating_rows WHERE category_id = in_category
        )
        SELECT CASE
            WHEN free >= wanted THEN jsonb_build_object('outcome', 'locked')
            WHEN unsold >= wanted THEN jsonb_build_object('outcome', 'all-in-carts', 'retry_after',
                greatest(1, least(15, ceil(extract(epoch FROM least(expiry, at_moment + interval '1 hour') - at_moment)))))
            ELSE jsonb_build_object('outcome', 'sold-out', 'seats_left', unsold)
        END FROM counted
    );
END $$;
