-- Choose so many accessible seats and the rest of the group beside them, and lock their rows; no seats: not enough.
-- First the nearest row that has all, then over several rows (split). Rows that were looked at stay locked: few have
-- such seats.
CREATE OR REPLACE FUNCTION choose_accessible(
    in_category bigint, wanted integer, accessible integer, at_moment timestamptz
) RETURNS choice LANGUAGE plpgsql AS $$
DECLARE
    candidate bigint;
    looked_at bigint[] := '{}';
    chosen choice;
BEGIN
    LOOP
        SELECT row_id INTO candidate FROM seating_rows
        WHERE category_id = in_category AND (kept_free > 0 OR next_expiry <= at_moment) AND row_id <> ALL (looked_at)
        ORDER BY distance, row_id LIMIT 1 FOR UPDATE SKIP LOCKED;
        EXIT WHEN NOT FOUND;
        chosen.seats := pick_accessible(ARRAY[candidate], wanted, accessible, at_moment);
        IF chosen.seats IS NOT NULL THEN
            RETURN chosen;
        END IF;
        looked_at := looked_at || candidate;
    END LOOP;
    looked_at := looked_at || ARRAY(
        SELECT row_id FROM seating_rows
        WHERE category_id = in_category AND free_seats > 0 AND row_id <> ALL (looked_at)
        ORDER BY distance, row_id LIMIT wanted FOR UPDATE SKIP LOCKED
    );
    RETURN (pick_accessible(looked_at, wanted, accessible, at_moment), 'split')::choice;
END $$;
