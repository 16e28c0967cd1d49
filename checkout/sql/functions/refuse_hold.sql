-- Check all that can be said against a hold before seats are looked at; null: go on, with the session locked.
CREATE OR REPLACE FUNCTION refuse_hold(
    for_session text, in_event text, wanted integer, call_key text, call_fingerprint text
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    standing jsonb := standing_of_call(for_session, call_key, call_fingerprint);
    of_event events;
    taken bigint;
BEGIN
    IF standing IS NOT NULL THEN
        RETURN standing;
    END IF;
    PERFORM lock_event(event_id) FROM events WHERE event = in_event;
    IF NOT lock_session(for_session) THEN
        RETURN jsonb_build_object('outcome', 'session-over');
    END IF;
    -- With the purchase the fan's slot went to the next one: who wants more comes again, through the line.
    IF EXISTS (SELECT FROM orders WHERE session_id = for_session
            AND status IN ('paid', 'partly_refunded', 'refunded')) THEN
        RETURN jsonb_build_object('outcome', 'session-over');
    END IF;
    SELECT events.* INTO of_event FROM events JOIN sessions USING (room)
    WHERE event = in_event AND archived_at IS NULL AND session_id = for_session;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('outcome', 'event-missing');
    END IF;
    IF of_event.cancelled_at IS NOT NULL THEN
        RETURN jsonb_build_object('outcome', 'event-cancelled');
    END IF;
    IF is_visit_over(for_session, of_event) THEN
        RETURN jsonb_build_object('outcome', 'session-over');
    END IF;
    taken := seats_of_fan(for_session, of_event.event_id);
    IF taken + wanted > of_event.limit_per_fan THEN
        RETURN jsonb_build_object('outcome', 'hold-limit', 'limit', of_event.limit_per_fan, 'taken', taken);
    END IF;
    RETURN NULL;
END $$;
