-- Say whether a locked hold's seats can become its fan's, and lock their rows: none was taken over, and if the hold
-- has expired, the fan has not used up the limit meanwhile.
CREATE OR REPLACE FUNCTION may_secure(of_hold holds)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF of_hold.state <> 'live' OR NOT lock_whole_hold(of_hold.hold_id) THEN
        RETURN false;
    END IF;
    RETURN of_hold.expires_at > clock_timestamp() OR of_hold.seat_count <= (
        SELECT limit_per_fan - seats_of_fan(of_hold.session_id, event_id)
        FROM events WHERE event_id = of_hold.event_id
    );
END $$;
