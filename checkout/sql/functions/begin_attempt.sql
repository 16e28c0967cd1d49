-- Write down the call to the provider that comes next; until it has an outcome, it is made again when it is due.
CREATE OR REPLACE FUNCTION begin_attempt(of_payment text, of_step text, first_due interval DEFAULT '30 seconds')
RETURNS void LANGUAGE sql AS $$
    INSERT INTO payment_attempts (attempt_key, payment_id, step, due_at)
    VALUES (of_payment || '.' || of_step, of_payment, of_step, clock_timestamp() + first_due)
    ON CONFLICT (attempt_key) DO UPDATE SET outcome = NULL, finished_at = NULL, due_at = excluded.due_at, tries = 0
$$;
