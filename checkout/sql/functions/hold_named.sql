-- Hold exactly these seats, all or nothing.
-- Outcomes: placed (hold), those of refuse_hold and refuse_named, seats-unknown (seats),
-- seats-unavailable (seats, reason).
CREATE OR REPLACE FUNCTION hold_named(
    for_session text, new_hold text, in_event text, wanted text[], call_key text, call_fingerprint text,
    accessible integer DEFAULT 0
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    refusal jsonb := refuse_hold(for_session, in_event, cardinality(wanted), call_key, call_fingerprint);
    of_event bigint;
    chosen bigint[];
    found_seats text[];
    are_together boolean;
BEGIN
    IF refusal IS NOT NULL THEN
        RETURN refusal;
    END IF;
    SELECT event_id INTO of_event FROM events WHERE event = in_event;
    SELECT array_agg(seat_id), array_agg(seat),
        count(DISTINCT row_id) = 1 AND max(place) - min(place) + 1 = count(*)
    INTO chosen, found_seats, are_together
    FROM seats WHERE event_id = of_event AND seat = ANY (wanted);
    IF cardinality(wanted) > coalesce(cardinality(chosen), 0) THEN
        RETURN jsonb_build_object('outcome', 'seats-unknown', 'seats',
            (SELECT jsonb_agg(seat) FROM unnest(wanted) AS seat WHERE seat <> ALL (coalesce(found_seats, '{}'))));
    END IF;
    -- Whoever asks for a taken seat is told so without waiting for a lock.
    refusal := coalesce(refuse_named(chosen, accessible, clock_timestamp()), taken_seats(chosen, clock_timestamp()));
    IF refusal IS NULL THEN
        PERFORM lock_rows(chosen);
        refusal := taken_seats(chosen, clock_timestamp());
    END IF;
    IF refusal IS NOT NULL THEN
        RETURN refusal;
    END IF;
    RETURN take_seats(for_session, new_hold, of_event, chosen, are_together,
        call_key, call_fingerprint, clock_timestamp());
END $$;
