-- Choose seats over several rows, the fullest runs first, and lock those rows; null: not enough could be had.
-- The caller has tried `choose_together`, which counted the rows whose holds have expired.
CREATE OR REPLACE FUNCTION choose_apart(in_category bigint, wanted integer, at_moment timestamptz)
RETURNS bigint[] LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        WITH locked AS MATERIALIZED (
            SELECT row_id, runs, distance FROM seating_rows
            WHERE category_id = in_category AND free_seats > 0
            ORDER BY runs DESC, distance, row_id LIMIT wanted FOR UPDATE SKIP LOCKED
        )
        SELECT array_agg(seat_id) FROM (
            SELECT seat_id FROM locked JOIN seats USING (row_id)
            WHERE is_free(seats, at_moment)
            ORDER BY locked.runs DESC, locked.distance, row_id, place LIMIT wanted
        ) AS chosen HAVING count(*) = wanted
    );
END $$;
