-- Let a live hold last its full time once more, up to the longest a hold may last from its first moment.
-- Outcomes: refreshed (hold), session-over, hold-missing, hold-expired.
CREATE OR REPLACE FUNCTION refresh_hold(for_session text, of_hold text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    is_open boolean := lock_session(for_session);
    kept holds;
    of_event events;
BEGIN
    SELECT * INTO kept FROM holds WHERE hold_id = of_hold AND session_id = for_session FOR UPDATE;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('outcome', 'hold-missing');
    END IF;
    IF kept.state <> 'live' OR kept.expires_at <= clock_timestamp() THEN
        RETURN jsonb_build_object('outcome', 'hold-expired');
    END IF;
    IF NOT is_open THEN
        RETURN jsonb_build_object('outcome', 'session-over');
    END IF;
    SELECT * INTO of_event FROM events WHERE event_id = kept.event_id;
    IF NOT lengthen_hold(of_hold, least(
        clock_timestamp() + make_interval(secs => of_event.hold_seconds),
        kept.placed_at + make_interval(secs => of_event.longest_hold_seconds)
    )) THEN
        RETURN jsonb_build_object('outcome', 'hold-expired');
    END IF;
    INSERT INTO ledger (event_id, what, hold_id) VALUES (kept.event_id, 'hold refreshed', of_hold);
    RETURN jsonb_build_object('outcome', 'refreshed', 'hold', hold_document(of_hold));
END $$;
