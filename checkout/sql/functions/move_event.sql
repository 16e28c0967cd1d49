-- Let an event take place at another time; its tickets, which name the time, are proved anew.
-- Outcomes: moved (also when it was), event-missing, event-cancelled.
CREATE OR REPLACE FUNCTION move_event(of_vendor bigint, named text, to_moment timestamptz)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    moved events;
BEGIN
    PERFORM lock_event_alone(event_id) FROM events WHERE event = named AND vendor_id = of_vendor;
    SELECT * INTO moved FROM events
    WHERE event = named AND vendor_id = of_vendor AND archived_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('outcome', 'event-missing');
    END IF;
    IF moved.cancelled_at IS NOT NULL THEN
        RETURN jsonb_build_object('outcome', 'event-cancelled');
    END IF;
    IF moved.starts_at <> to_moment THEN
        UPDATE events SET starts_at = to_moment, moved_at = clock_timestamp(), version = version + 1 WHERE event_id = moved.event_id;
        INSERT INTO ledger (event_id, what, detail) VALUES (moved.event_id, 'event moved',
            jsonb_build_object('from', rfc3339(moved.starts_at), 'to', rfc3339(to_moment)));
        PERFORM defer_job('reissue_proofs', jsonb_build_object('event_id', moved.event_id));
    END IF;
    RETURN jsonb_build_object('outcome', 'moved', 'event', event_document(moved.event_id));
END $$;
