-- Lock the fan's one session, so that this fan's calls follow one another; whether it is open now.
CREATE OR REPLACE FUNCTION lock_session(for_session text)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    opened sessions;
BEGIN
    SELECT * INTO opened FROM sessions WHERE session_id = for_session FOR NO KEY UPDATE;
    RETURN FOUND AND opened.entered_at IS NOT NULL AND opened.ended_at IS NULL
        AND opened.expires_at > clock_timestamp();
END $$;
