-- Cancel an event for good: nothing more is held or bought, what is held ends, what was paid is given back.
-- Whoever is at the seats at this moment is waited for, and whoever comes later sees the event cancelled.
-- Outcomes: cancelled (also when it was), event-missing.
CREATE OR REPLACE FUNCTION cancel_event(of_vendor bigint, named text, for_reason text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    ended events;
BEGIN
    PERFORM lock_event_alone(event_id) FROM events WHERE event = named AND vendor_id = of_vendor;
    SELECT * INTO ended FROM events
    WHERE event = named AND vendor_id = of_vendor AND archived_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('outcome', 'event-missing');
    END IF;
    IF ended.cancelled_at IS NULL THEN
        UPDATE events SET cancelled_at = clock_timestamp(), cancel_reason = for_reason, version = version + 1
        WHERE event_id = ended.event_id;
        PERFORM end_holds(ended.event_id);
        INSERT INTO ledger (event_id, what, detail)
        VALUES (ended.event_id, 'event cancelled', jsonb_build_object('reason', for_reason));
        PERFORM defer_job('refund_event', jsonb_build_object('event_id', ended.event_id));
    END IF;
    RETURN jsonb_build_object('outcome', 'cancelled', 'event', event_document(ended.event_id));
END $$;
