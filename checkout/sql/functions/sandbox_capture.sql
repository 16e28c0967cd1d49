-- The sandbox takes what it reserved, if it still has it and the method is not the one whose bank breaks its word.
CREATE OR REPLACE FUNCTION sandbox_capture(call_key text, of_authorisation text, method_that_fails text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    request jsonb := jsonb_build_object('capture', of_authorisation);
    known jsonb := sandbox_answered(call_key, request);
    by_method text;
BEGIN
    IF known IS NOT NULL THEN
        RETURN known;
    END IF;
    UPDATE sandbox.authorisations SET status = 'captured'
    WHERE authorisation = of_authorisation AND status = 'authorised' AND method <> method_that_fails
    RETURNING method INTO by_method;
    RETURN sandbox_answer(call_key, request, CASE WHEN FOUND THEN jsonb_build_object('method', by_method)
        ELSE jsonb_build_object('code', 'authorisation_gone') END);
END $$;
