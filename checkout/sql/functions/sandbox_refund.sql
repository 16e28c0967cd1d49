-- The sandbox gives back so much of what it took, never more than that.
CREATE OR REPLACE FUNCTION sandbox_refund(call_key text, of_authorisation text, back bigint)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    request jsonb := jsonb_build_object('refund', of_authorisation, 'amount', back);
    known jsonb := sandbox_answered(call_key, request);
BEGIN
    IF known IS NOT NULL THEN
        RETURN known;
    END IF;
    UPDATE sandbox.authorisations SET refunded = refunded + back
    WHERE authorisation = of_authorisation AND status = 'captured' AND refunded + back <= amount;
    RETURN sandbox_answer(call_key, request,
        CASE WHEN FOUND THEN '{}' ELSE '{"code": "more_than_was_taken"}'::jsonb END);
END $$;
