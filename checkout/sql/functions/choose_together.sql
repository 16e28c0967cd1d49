-- Choose neighbours in the nearest row that has them, and lock that row, in one statement; null: no row has.
-- First the rows where no single seat need be left over (a run of exactly so many, or of two more), then any.
CREATE OR REPLACE FUNCTION choose_together(in_category bigint, wanted integer, at_moment timestamptz)
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    fitting bigint;
    chosen seating_rows;
BEGIN
    FOREACH fitting IN ARRAY ARRAY[1::bigint << wanted | -1::bigint << wanted + 2, -1::bigint << wanted] LOOP
        LOOP
            SELECT * INTO chosen FROM seating_rows
            WHERE category_id = in_category AND (runs & fitting <> 0 OR next_expiry <= at_moment)
            ORDER BY distance, row_id LIMIT 1 FOR UPDATE SKIP LOCKED;
            EXIT WHEN NOT FOUND;
            IF chosen.next_expiry > at_moment THEN
                RETURN pick_in_row(chosen.row_id, wanted, at_moment);
            END IF;
            -- Holds have expired here since the row was counted: count, then look again.
            PERFORM count_row(chosen.row_id, at_moment);
        END LOOP;
    END LOOP;
    RETURN NULL;
END $$;
