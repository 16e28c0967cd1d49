-- Say whether a seat can be taken at a moment: expiry is this predicate and nothing else.
CREATE OR REPLACE FUNCTION is_free(seat seats, at_moment timestamptz)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT NOT seat.is_sold AND NOT seat.is_blocked AND (seat.held_until IS NULL OR seat.held_until <= at_moment)
$$;
