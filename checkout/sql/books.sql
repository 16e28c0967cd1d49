-- name: waiting
SELECT step, count(*)::integer AS calls, count(*) FILTER (WHERE due_at = 'infinity')::integer AS with_a_human
FROM payment_attempts WHERE outcome IS NULL GROUP BY step ORDER BY step;

-- name: referenced
SELECT payment_id, reference, status FROM payments WHERE reference IS NOT NULL AND amount > 0 AND provider = %(provider)s
    AND payment_id > %(after)s ORDER BY payment_id LIMIT 200;

-- name: entries
SELECT entry_id, at, event, what, hold_id, order_id, payment_id, detail
FROM ledger JOIN events USING (event_id)
WHERE entry_id > %(after)s AND (%(event)s::text IS NULL OR event = %(event)s) ORDER BY entry_id LIMIT 1000;

-- name: open_cases
SELECT case_id, kind, order_id, payment_id, detail, opened_at FROM cases
WHERE closed_at IS NULL ORDER BY case_id;

-- name: count_cases
SELECT kind, count(*)::integer AS cases FROM cases WHERE closed_at IS NULL GROUP BY kind;

-- name: overdue
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - due_at)), 0)::float AS seconds
FROM payment_attempts WHERE outcome IS NULL AND due_at < clock_timestamp();

-- name: close_case
UPDATE cases SET closed_at = clock_timestamp(), closed_with = %(closed_with)s
WHERE case_id = %(case_id)s AND closed_at IS NULL RETURNING case_id;

-- name: retry_case
WITH closed AS (
    UPDATE cases SET closed_at = clock_timestamp(), closed_with = 'tried again'
    WHERE case_id = %(case_id)s AND closed_at IS NULL AND kind IN ('call-refused', 'outcome-unknown')
    RETURNING attempt_key
)
UPDATE payment_attempts SET due_at = clock_timestamp(), started_at = clock_timestamp(), tries = 0 FROM closed
WHERE payment_attempts.attempt_key = closed.attempt_key AND outcome IS NULL RETURNING payment_attempts.attempt_key;
