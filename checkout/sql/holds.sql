-- name: hold_best
SELECT hold_best(%(session_id)s, %(hold_id)s, %(event)s, %(category)s, %(quantity)s, %(key)s, %(fingerprint)s,
    %(patiently)s, %(accessible)s);

-- name: hold_named
SELECT hold_named(%(session_id)s, %(hold_id)s, %(event)s, %(seats)s, %(key)s, %(fingerprint)s,
    %(accessible)s);

-- name: live
SELECT hold_document(hold_id) FROM holds
WHERE session_id = %(session_id)s AND state = 'live' AND expires_at > clock_timestamp() ORDER BY placed_at;

-- name: find
SELECT hold_document(hold_id) || jsonb_build_object('is_expired', state = 'live' AND expires_at <= clock_timestamp())
FROM holds WHERE session_id = %(session_id)s AND hold_id = %(hold_id)s;

-- name: refresh
SELECT refresh_hold(%(session_id)s, %(hold_id)s);

-- name: release
SELECT release_hold(%(session_id)s, %(hold_id)s);
