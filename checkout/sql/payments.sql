-- name: open
SELECT open_order(%(session_id)s, %(order_id)s, %(secret)s, %(hold_id)s, %(email)s, %(locale)s, %(provider)s,
    %(method)s, %(key)s, %(fingerprint)s);

-- name: begin_confirm
SELECT begin_confirm(%(order_id)s, %(session_id)s);

-- name: find
SELECT payment_document(%(payment_id)s);

-- name: secure
SELECT secure_order(%(payment_id)s, %(step)s, %(authorisation)s);

-- name: settle_captured
SELECT settle_captured(%(payment_id)s, %(tickets)s, %(proofs)s);

-- name: settle_capture_failed
SELECT settle_capture_failed(%(payment_id)s, %(code)s);

-- name: settle_declined
SELECT settle_declined(%(payment_id)s, %(step)s, %(code)s, %(is_retryable)s);

-- name: settle_needs_action
SELECT settle_needs_action(%(payment_id)s, %(step)s, %(authorisation)s, %(next_action)s);

-- name: settle_unknown
SELECT settle_unknown(%(payment_id)s, %(step)s);

-- name: settle_voided
SELECT settle_voided(%(payment_id)s);

-- name: finish_call
SELECT finish_call(%(payment_id)s, %(status)s, %(answer)s);

-- name: due
SELECT * FROM due_attempts(%(most)s);

-- name: put_off
SELECT put_off(%(attempt_key)s);

-- name: open_case
SELECT open_case(%(kind)s, %(payment_id)s, %(attempt_key)s, %(detail)s);
