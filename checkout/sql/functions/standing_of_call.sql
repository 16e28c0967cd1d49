-- Say what is so about a call with this Idempotency-Key; null: it is new, and this transaction alone makes it.
-- Outcomes: running, key-reused, unsettled (for half a minute or more, with payment_id), replay (status, answer).
CREATE OR REPLACE FUNCTION standing_of_call(for_session text, call_key text, call_fingerprint text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    known idempotency_keys;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended(for_session || ' ' || call_key, 0)) THEN
        RETURN jsonb_build_object('outcome', 'running');
    END IF;
    SELECT * INTO known FROM idempotency_keys WHERE session_id = for_session AND key = call_key;
    RETURN CASE
        WHEN NOT FOUND THEN NULL
        WHEN known.fingerprint <> call_fingerprint THEN jsonb_build_object('outcome', 'key-reused')
        WHEN known.status IS NOT NULL THEN
            jsonb_build_object('outcome', 'replay', 'status', known.status, 'answer', known.answer)
        WHEN known.started_at > clock_timestamp() - interval '30 seconds' THEN
            jsonb_build_object('outcome', 'running')
        ELSE jsonb_build_object('outcome', 'unsettled', 'payment_id', known.payment_id)
    END;
END $$;
