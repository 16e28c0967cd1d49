-- Give back the seats that a hold still has, whose rows this locks.
CREATE OR REPLACE FUNCTION free_seats_of_hold(of_hold text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    given bigint[] := (SELECT array_agg(seat_id) FROM hold_seats WHERE hold_id = of_hold);
BEGIN
    PERFORM lock_rows(given);
    UPDATE seats SET hold_id = NULL, held_until = NULL, is_sold = false
    WHERE seat_id = ANY (given) AND hold_id = of_hold;
    PERFORM count_row(row_id, clock_timestamp()) FROM (
        SELECT DISTINCT row_id FROM seats WHERE seat_id = ANY (given)
    ) AS touched;
END $$;
