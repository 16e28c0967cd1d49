-- name: find
SELECT notice_document(%(notice_id)s);

-- name: settle
UPDATE notices SET state = %(state)s, failure = %(failure)s, settled_at = clock_timestamp()
WHERE notice_id = %(notice_id)s AND state = 'waiting' RETURNING notice_id;

-- name: note_failure
UPDATE notices SET failure = %(failure)s WHERE notice_id = %(notice_id)s AND state = 'waiting' RETURNING notice_id;

-- name: tell_buyers
SELECT tell_buyers(%(event_id)s, %(kind)s, %(occurrence)s, %(detail)s::jsonb, %(after)s, %(most)s);

-- name: awaits_proofs
SELECT EXISTS (SELECT FROM tickets JOIN events USING (event_id)
    WHERE event_id = %(event_id)s AND is_live AND proof IS NOT NULL AND issued_at < moved_at);

-- name: send_again
SELECT send_again(%(order_id)s, %(most_an_hour)s);

-- name: list
SELECT notice_id, order_id, kind, state, failure, made_at, settled_at FROM notices
WHERE state = ANY (%(states)s) ORDER BY notice_id DESC LIMIT %(most)s;

-- name: release
WITH released AS (
    UPDATE notices SET state = 'waiting', failure = NULL, settled_at = NULL
    WHERE state IN ('unsent', 'refused') AND (%(notice_id)s::bigint IS NULL OR notice_id = %(notice_id)s)
    RETURNING notice_id
)
SELECT count(defer_job('send_notice', jsonb_build_object('notice_id', notice_id))::text) FROM released;
