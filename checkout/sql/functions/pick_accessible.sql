-- Pick, in locked rows, so many accessible seats and the others of a group as near to them as can be, companion seats
-- before others; null: these rows have not enough. Of all seats to begin at, the one that keeps the group closest.
CREATE OR REPLACE FUNCTION pick_accessible(
    in_rows bigint[], wanted integer, accessible integer, at_moment timestamptz
) RETURNS bigint[] LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        WITH free AS (
            SELECT seat_id, kind, seats.distance, array_position(in_rows, row_id) * 1000 + place AS place
            FROM seats WHERE row_id = ANY (in_rows) AND is_free(seats, at_moment)
        ), numbered AS (
            SELECT begin.place AS beginning, free.*,
                row_number() OVER (PARTITION BY begin.place, free.kind = 'accessible'
                    ORDER BY abs(free.place - begin.place), free.kind = 'standard', free.place) AS rank
            FROM free AS begin CROSS JOIN free WHERE begin.kind = 'accessible'
        )
        SELECT array_agg(seat_id ORDER BY place) FROM numbered
        WHERE rank <= CASE WHEN kind = 'accessible' THEN accessible ELSE wanted - accessible END
        GROUP BY beginning HAVING count(*) = wanted
        ORDER BY max(place) - min(place), sum(distance), beginning LIMIT 1
    );
END $$;
