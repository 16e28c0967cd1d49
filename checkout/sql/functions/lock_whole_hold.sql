-- Lock the rows of a hold's seats; whether the hold still has every one of them.
CREATE OR REPLACE FUNCTION lock_whole_hold(of_hold text)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    its_seats bigint[] := (SELECT array_agg(seat_id) FROM hold_seats WHERE hold_id = of_hold);
BEGIN
    PERFORM lock_rows(its_seats);
    RETURN NOT EXISTS (
        SELECT FROM seats WHERE seat_id = ANY (its_seats) AND (is_sold OR hold_id IS DISTINCT FROM of_hold)
    );
END $$;
