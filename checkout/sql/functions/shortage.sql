-- Word a shortage. Outcomes: locked, all-in-carts (retry_after), sold-out (seats_left).
CREATE OR REPLACE FUNCTION shortage(
    is_free boolean, unsold bigint, wanted integer, next_expiry timestamptz, at_moment timestamptz
) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN is_free THEN jsonb_build_object('outcome', 'locked')
        WHEN unsold >= wanted THEN jsonb_build_object('outcome', 'all-in-carts', 'retry_after', greatest(1, least(15,
            ceil(extract(epoch FROM least(next_expiry, at_moment + interval '1 hour') - at_moment)))))
        ELSE jsonb_build_object('outcome', 'sold-out', 'seats_left', unsold)
    END
$$;
