-- Say whether a seat can be taken at a moment by whoever asks for the best: others wait for who needs them.
CREATE OR REPLACE FUNCTION is_for_all(seat seats, at_moment timestamptz)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT NOT seat.is_sold AND NOT seat.is_blocked AND (seat.held_until IS NULL OR seat.held_until <= at_moment)
        AND seat.kind = 'standard'
$$;
