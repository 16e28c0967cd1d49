-- The sandbox reserves money, or waits for the buyer to approve, or declines, as `first` says.
CREATE OR REPLACE FUNCTION sandbox_authorise(call_key text, request jsonb, new_authorisation text, first text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    known jsonb := sandbox_answered(call_key, request);
BEGIN
    IF known IS NOT NULL THEN
        RETURN known;
    END IF;
    INSERT INTO sandbox.authorisations (authorisation, amount, currency, method, payment_id, status)
    SELECT new_authorisation, (request ->> 'amount')::bigint, request ->> 'currency', request ->> 'method',
        request ->> 'payment_id', first WHERE first <> 'declined';
    RETURN sandbox_answer(call_key, request, jsonb_build_object('status', first));
END $$;
