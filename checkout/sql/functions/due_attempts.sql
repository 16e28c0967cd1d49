-- Claim calls to the provider that are due: for a minute nobody else claims them.
CREATE OR REPLACE FUNCTION due_attempts(most integer)
RETURNS TABLE (attempt_key text, payment_id text, step text, refund_id text, age_seconds double precision)
LANGUAGE sql AS $$
    UPDATE payment_attempts SET due_at = clock_timestamp() + interval '1 minute'
    WHERE payment_attempts.attempt_key IN (
        SELECT waiting.attempt_key FROM payment_attempts AS waiting
        WHERE outcome IS NULL AND due_at <= clock_timestamp()
        ORDER BY due_at LIMIT most FOR UPDATE SKIP LOCKED
    ) RETURNING payment_attempts.attempt_key, payment_attempts.payment_id, payment_attempts.step,
        payment_attempts.refund_id, extract(epoch FROM clock_timestamp() - payment_attempts.started_at)
$$;
