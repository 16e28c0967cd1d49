-- name: open
SELECT open_order(%(session_id)s, %(order_id)s, %(secret)s, %(hold_id)s, %(email)s, %(locale)s, %(provider)s,
    %(method)s, %(key)s, %(fingerprint)s);

-- name: secure
SELECT secure_order(%(payment_id)s, %(authorisation)s);

-- name: find
SELECT order_document(%(order_id)s);

-- name: of_hold
SELECT order_document(order_id) FROM orders
WHERE hold_id = %(hold_id)s AND session_id = %(session_id)s ORDER BY created_at DESC LIMIT 1;

-- name: cancel
SELECT cancel_order(%(session_id)s, %(order_id)s);

-- name: settle_captured
SELECT settle_captured(%(payment_id)s, %(tickets)s, %(proofs)s);

-- name: settle_capture_failed
SELECT settle_capture_failed(%(payment_id)s, %(code)s);

-- name: settle_declined
SELECT settle_declined(%(payment_id)s, %(code)s);

-- name: settle_unknown
SELECT settle_unknown(%(payment_id)s);

-- name: settle_voided
SELECT note_attempt(%(payment_id)s, 'void', 'voided', 'voided', NULL);

-- name: finish_call
UPDATE idempotency_keys SET status = %(status)s, answer = %(answer)s, finished_at = clock_timestamp()
WHERE session_id = %(session_id)s AND key = %(key)s AND status IS NULL;

-- name: settle_needs_action
SELECT settle_needs_action(%(payment_id)s);
