-- Lock, in id order and waiting, the rows of a category that have seats to give: nothing is hidden then.
CREATE OR REPLACE FUNCTION lock_category(of_category bigint, at_moment timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM seating_rows
    WHERE category_id = of_category AND (free_seats > 0 OR kept_free > 0 OR next_expiry <= at_moment)
    ORDER BY row_id LIMIT 200 FOR UPDATE;
END $$;
