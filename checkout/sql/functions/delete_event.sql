-- Delete an event that nobody has ordered of, with its seats and what is left of its holds.
-- Outcomes: deleted, event-missing, in-use (reason).
CREATE OR REPLACE FUNCTION delete_event(of_vendor bigint, named text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    gone bigint;
BEGIN
    PERFORM lock_event_alone(event_id) FROM events WHERE event = named AND vendor_id = of_vendor;
    SELECT event_id INTO gone FROM events
    WHERE event = named AND vendor_id = of_vendor AND archived_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('outcome', 'event-missing');
    END IF;
    IF EXISTS (SELECT FROM orders WHERE event_id = gone) THEN
        RETURN jsonb_build_object('outcome', 'in-use', 'reason', 'orders');
    END IF;
    IF EXISTS (SELECT FROM seats WHERE event_id = gone AND held_until > clock_timestamp()) THEN
        RETURN jsonb_build_object('outcome', 'in-use', 'reason', 'holds');
    END IF;
    DELETE FROM hold_seats USING seats WHERE hold_seats.seat_id = seats.seat_id AND event_id = gone;
    DELETE FROM holds WHERE event_id = gone;
    DELETE FROM seats WHERE event_id = gone;
    DELETE FROM seating_rows WHERE event_id = gone;
    DELETE FROM categories WHERE event_id = gone;
    DELETE FROM events WHERE event_id = gone;
    INSERT INTO ledger (event_id, what, detail) VALUES (gone, 'event deleted', jsonb_build_object('event', named));
    RETURN jsonb_build_object('outcome', 'deleted');
END $$;
