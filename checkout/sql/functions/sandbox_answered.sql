-- Return what the sandbox answered under a key before (null: nothing), one call a key at a time.
CREATE OR REPLACE FUNCTION sandbox_answered(call_key text, request jsonb)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    known sandbox.requests;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('sandbox ' || call_key, 0));
    SELECT * INTO known FROM sandbox.requests WHERE key = call_key;
    IF known.fingerprint <> request::text THEN
        RETURN '{"key_reused": true}';
    END IF;
    RETURN known.answer || '{"is_replay": true}';
END $$;
