-- Give back sold seats whose tickets have ended; this locks their rows.
CREATE OR REPLACE FUNCTION free_sold_seats(given bigint[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_rows(given);
    UPDATE seats SET hold_id = NULL, held_until = NULL, is_sold = false WHERE seat_id = ANY (given) AND is_sold;
    PERFORM count_row(row_id, clock_timestamp()) FROM (
        SELECT DISTINCT row_id FROM seats WHERE seat_id = ANY (given)
    ) AS touched;
END $$;
