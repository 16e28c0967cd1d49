-- State anew what the summary of a seating row says of its seats; the caller holds the row's lock.
CREATE OR REPLACE FUNCTION count_row(of_row bigint, at_moment timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH standing AS (
        SELECT place, kind, is_sold, held_until, is_free(seats, at_moment) AS is_free,
            NOT is_sold AND NOT is_blocked AS is_unsold
        FROM seats WHERE row_id = of_row
    ), totals AS (
        SELECT count(*) FILTER (WHERE is_free AND kind = 'standard') AS free,
            count(*) FILTER (WHERE is_unsold AND kind = 'standard') AS unsold,
            count(*) FILTER (WHERE is_free AND kind <> 'standard') AS kept_free,
            count(*) FILTER (WHERE is_unsold AND kind <> 'standard') AS kept_unsold,
            count(*) FILTER (WHERE is_sold) AS sold,
            min(held_until) FILTER (WHERE NOT is_free) AS expiry
        FROM standing
    ), neighbours AS (
        SELECT place - row_number() OVER (ORDER BY place) AS run FROM standing WHERE is_free AND kind = 'standard'
    ), lengths AS (
        SELECT least(count(*), 62)::integer AS length FROM neighbours GROUP BY run
    )
    UPDATE seating_rows SET
        free_seats = totals.free,
        unsold_seats = totals.unsold,
        kept_free = totals.kept_free,
        kept_unsold = totals.kept_unsold,
        sold_seats = totals.sold,
        runs = (SELECT coalesce(bit_or(1::bigint << length), 0) FROM lengths),
        next_expiry = coalesce(totals.expiry, 'infinity')
    FROM totals WHERE row_id = of_row;
END $$;
