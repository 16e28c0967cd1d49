-- Choose seats over several rows, the fullest runs first, and lock those rows; null: not enough could be had.
-- The caller has tried `choose_together`, which counted the rows whose holds have expired.
CREATE OR REPLACE FUNCTION choose_apart(in_category bigint, wanted integer, at_moment timestamptz)
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    -- A statement of its own: one that also read the seats would see them as they were before the locks.
    locked bigint[] := ARRAY(
        SELECT row_id FROM seating_rows
        WHERE category_id = in_category AND free_seats > 0
        ORDER BY runs DESC, distance, row_id LIMIT wanted FOR UPDATE SKIP LOCKED
    );
BEGIN
    RETURN (
        SELECT array_agg(seat_id) FROM (
            SELECT seat_id FROM seating_rows JOIN seats USING (row_id)
            WHERE row_id = ANY (locked) AND is_for_all(seats, at_moment)
            ORDER BY runs DESC, seating_rows.distance, row_id, place LIMIT wanted
        ) AS chosen HAVING count(*) = wanted
    );
END $$;
