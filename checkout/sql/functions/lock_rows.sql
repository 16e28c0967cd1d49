-- Lock the rows of these seats, in id order, waiting for each other holder.
CREATE OR REPLACE FUNCTION lock_rows(of_seats bigint[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM seating_rows
    WHERE row_id IN (SELECT row_id FROM seats WHERE seat_id = ANY (of_seats))
    ORDER BY row_id FOR UPDATE;
END $$;
