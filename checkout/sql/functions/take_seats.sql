-- Make a hold of chosen seats whose rows are locked, all or nothing, and keep the answer under its key.
CREATE OR REPLACE FUNCTION take_seats(
    for_session text, new_hold text, of_event bigint, chosen bigint[], are_together boolean,
    call_key text, call_fingerprint text, at_moment timestamptz, how_relaxed text DEFAULT NULL
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    expiry timestamptz;
    charged jsonb := charge_of(of_event, chosen);
    taken bigint;
    document jsonb;
BEGIN
    SELECT clock_timestamp() + make_interval(secs => hold_seconds) INTO expiry
    FROM events WHERE event_id = of_event;
    INSERT INTO holds (hold_id, event_id, session_id, seat_count, together, relaxed, expires_at,
        amount, currency, lines)
    VALUES (new_hold, of_event, for_session, cardinality(chosen), are_together, how_relaxed, expiry,
        (charged ->> 'amount')::bigint, charged ->> 'currency', charged -> 'lines');
    INSERT INTO hold_seats (hold_id, seat_id, category_id, price)
    SELECT new_hold, seat_id, category_id, price
    FROM seats JOIN seating_rows USING (row_id) JOIN categories USING (category_id)
    WHERE seat_id = ANY (chosen);
    INSERT INTO ledger (event_id, what, hold_id, detail)
    SELECT of_event, 'seats taken over', hold_id, jsonb_build_object('seats', jsonb_agg(seat), 'by', new_hold)
    FROM seats WHERE seat_id = ANY (chosen) AND hold_id IS NOT NULL GROUP BY hold_id;

    UPDATE seats SET hold_id = new_hold, held_until = expiry
    WHERE seat_id = ANY (chosen) AND is_free(seats, at_moment);
    GET DIAGNOSTICS taken = ROW_COUNT;
    IF taken <> cardinality(chosen) THEN
        RAISE EXCEPTION 'seats changed under the lock of their row' USING ERRCODE = 'serialization_failure';
    END IF;
    PERFORM count_row(row_id, at_moment) FROM (
        SELECT DISTINCT row_id FROM seats WHERE seat_id = ANY (chosen)
    ) AS touched;

    UPDATE sessions SET expires_at = greatest(expires_at, expiry) WHERE session_id = for_session;
    document := hold_document(new_hold);
    INSERT INTO ledger (event_id, what, hold_id, detail)
    VALUES (of_event, 'hold placed', new_hold, jsonb_build_object('seats', document -> 'seats'));
    INSERT INTO idempotency_keys (session_id, key, fingerprint, status, answer, finished_at)
    VALUES (for_session, call_key, call_fingerprint, 201, document, clock_timestamp());
    RETURN jsonb_build_object('outcome', 'placed', 'hold', document);
END $$;
