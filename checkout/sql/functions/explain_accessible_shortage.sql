-- Say why a group with accessible seats cannot be placed, counting without skipping: locked, in carts, or sold.
CREATE OR REPLACE FUNCTION explain_accessible_shortage(
    in_category bigint, wanted integer, accessible integer, at_moment timestamptz
) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        WITH counted AS (
            SELECT count(*) FILTER (WHERE seats.kind = 'accessible') AS unsold,
                count(*) FILTER (WHERE seats.kind = 'accessible' AND is_free(seats, at_moment)) AS free,
                count(*) FILTER (WHERE seats.kind <> 'accessible') AS unsold_beside,
                count(*) FILTER (WHERE seats.kind <> 'accessible' AND is_free(seats, at_moment)) AS free_beside,
                min(held_until) FILTER (WHERE NOT is_free(seats, at_moment)) AS expiry
            FROM seats JOIN seating_rows USING (row_id)
            WHERE category_id = in_category AND NOT is_sold AND NOT is_blocked
        )
        SELECT shortage(free >= accessible AND free_beside >= wanted - accessible,
            CASE WHEN unsold_beside < wanted - accessible THEN least(unsold, accessible - 1) ELSE unsold END,
            accessible, expiry, at_moment)
        FROM counted
    );
END $$;
