-- Let a hold, which the caller has locked, last until a moment, and its session as long; it never gets shorter.
-- False: somebody has taken over an expired seat of it, nothing changed.
CREATE OR REPLACE FUNCTION lengthen_hold(of_hold text, until_moment timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    expiry timestamptz;
BEGIN
    IF NOT lock_whole_hold(of_hold) THEN
        RETURN false;
    END IF;
    UPDATE holds SET expires_at = greatest(expires_at, until_moment)
    WHERE hold_id = of_hold RETURNING expires_at INTO expiry;
    UPDATE seats SET held_until = expiry WHERE seat_id IN (
        SELECT seat_id FROM hold_seats WHERE hold_id = of_hold
    );
    UPDATE sessions SET expires_at = greatest(sessions.expires_at, expiry)
    FROM holds WHERE hold_id = of_hold AND sessions.session_id = holds.session_id;
    RETURN true;
END $$;
