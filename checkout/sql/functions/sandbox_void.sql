-- The sandbox lets go what it reserved, or was about to.
CREATE OR REPLACE FUNCTION sandbox_void(call_key text, of_authorisation text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    request jsonb := jsonb_build_object('void', of_authorisation);
    known jsonb := sandbox_answered(call_key, request);
BEGIN
    IF known IS NOT NULL THEN
        RETURN known;
    END IF;
    UPDATE sandbox.authorisations SET status = 'voided'
    WHERE authorisation = of_authorisation AND status IN ('authorised', 'needs_action');
    RETURN sandbox_answer(call_key, request, '{}');
END $$;
