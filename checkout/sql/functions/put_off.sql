-- Let a call that got no answer be due again, later each time: after 5, 10, 20 ... seconds, at most 15 minutes.
CREATE OR REPLACE FUNCTION put_off(of_attempt text)
RETURNS void LANGUAGE sql AS $$
    UPDATE payment_attempts SET tries = tries + 1,
        due_at = clock_timestamp() + least(interval '5 seconds' * (2 ^ least(tries, 10)), interval '15 minutes')
    WHERE attempt_key = of_attempt AND outcome IS NULL
$$;
