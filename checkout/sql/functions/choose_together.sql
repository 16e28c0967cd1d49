-- Choose neighbours in the nearest row that has a run of a fitting length, and lock that row, in one statement;
-- null: no row has.
CREATE OR REPLACE FUNCTION choose_together(
    in_category bigint, wanted integer, fitting bigint, at_moment timestamptz
) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    chosen seating_rows;
BEGIN
    LOOP
        SELECT * INTO chosen FROM seating_rows
        WHERE category_id = in_category AND (runs & fitting <> 0 OR next_expiry <= at_moment)
        ORDER BY distance, row_id LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        IF chosen.next_expiry > at_moment THEN
            RETURN pick_in_row(chosen.row_id, wanted, at_moment);
        END IF;
        -- Holds have expired here since the row was counted: count, then look again.
        PERFORM count_row(chosen.row_id, at_moment);
    END LOOP;
END $$;
