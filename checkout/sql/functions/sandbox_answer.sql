-- Keep an answer of the sandbox under its key, and return it.
CREATE OR REPLACE FUNCTION sandbox_answer(call_key text, request jsonb, new_answer jsonb)
RETURNS jsonb LANGUAGE sql AS $$
    INSERT INTO sandbox.requests (key, fingerprint, answer) VALUES (call_key, request::text, new_answer)
    RETURNING answer
$$;
