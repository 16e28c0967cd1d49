-- Put before a human what no machine can settle, once; the call that it is about is not made again by itself.
CREATE OR REPLACE FUNCTION open_case(of_kind text, of_payment text, of_attempt text, with_detail text)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO cases (kind, order_id, payment_id, attempt_key, detail)
    SELECT of_kind, order_id, payment_id, of_attempt, with_detail FROM payments WHERE payment_id = of_payment
    ON CONFLICT DO NOTHING;
    UPDATE payment_attempts SET due_at = 'infinity' WHERE attempt_key = of_attempt AND outcome IS NULL
$$;
