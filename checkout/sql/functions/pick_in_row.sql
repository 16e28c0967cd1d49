-- Pick so many free neighbours in a locked row: leaving as few single seats as can be, then nearest the focal point.
CREATE OR REPLACE FUNCTION pick_in_row(in_row bigint, wanted integer, at_moment timestamptz)
RETURNS bigint[] LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        WITH neighbours AS (
            SELECT seat_id, place, distance, place - row_number() OVER (ORDER BY place) AS run
            FROM seats WHERE row_id = in_row AND is_for_all(seats, at_moment)
        ), runs AS (
            SELECT run, min(place) AS first, max(place) AS last
            FROM neighbours GROUP BY run HAVING count(*) >= wanted
        ), windows AS (
            SELECT start, (start - first = 1)::integer + (last - start - wanted + 1 = 1)::integer AS orphans
            FROM runs, generate_series(first, last - wanted + 1) AS start
        )
        SELECT array_agg(seat_id ORDER BY place)
        FROM windows JOIN neighbours ON place BETWEEN start AND start + wanted - 1
        GROUP BY start, orphans ORDER BY orphans, sum(distance), start LIMIT 1
    );
END $$;
