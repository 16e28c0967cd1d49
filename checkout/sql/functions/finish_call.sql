-- Keep the answer under the key of the call that asked for a payment, if it still waits for one.
CREATE OR REPLACE FUNCTION finish_call(of_payment text, with_status integer, with_answer jsonb)
RETURNS void LANGUAGE sql AS $$
    UPDATE idempotency_keys SET status = with_status, answer = with_answer, finished_at = clock_timestamp()
    WHERE payment_id = of_payment AND status IS NULL
$$;
