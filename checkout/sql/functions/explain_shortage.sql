-- Say why there is not enough for all, counting without skipping: locked for the moment, in carts, or sold.
CREATE OR REPLACE FUNCTION explain_shortage(in_category bigint, wanted integer, at_moment timestamptz)
RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        SELECT shortage(coalesce(sum(CASE
                WHEN next_expiry > at_moment THEN free_seats
                ELSE (SELECT count(*) FROM seats WHERE seats.row_id = seating_rows.row_id
                    AND is_for_all(seats, at_moment))
            END), 0) >= wanted, coalesce(sum(unsold_seats), 0), wanted, min(next_expiry), at_moment)
        FROM seating_rows WHERE category_id = in_category
    );
END $$;
