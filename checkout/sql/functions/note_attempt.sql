-- Write down what the provider answered to the call of a step, and what the payment is since.
CREATE OR REPLACE FUNCTION note_attempt(
    of_payment text, of_step text, with_outcome text, new_status text, new_reference text DEFAULT NULL
) RETURNS void LANGUAGE sql AS $$
    UPDATE payment_attempts SET outcome = with_outcome, finished_at = clock_timestamp()
    WHERE attempt_key = of_payment || '.' || of_step;
    UPDATE payments SET status = new_status, reference = coalesce(new_reference, reference),
        failure = CASE WHEN new_status IN ('declined', 'failed') THEN with_outcome END,
        changed_at = clock_timestamp()
    WHERE payment_id = of_payment;
$$;
