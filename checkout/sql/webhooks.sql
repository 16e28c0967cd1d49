-- name: add
INSERT INTO webhooks (webhook_id, vendor_id, url, events, secret)
SELECT %(webhook_id)s, %(vendor_id)s, %(url)s, %(events)s, %(secret)s
WHERE (SELECT count(*) FROM webhooks WHERE vendor_id = %(vendor_id)s) < %(most)s
ON CONFLICT (vendor_id, url) DO NOTHING RETURNING *;

-- name: exists
SELECT true FROM webhooks WHERE vendor_id = %(vendor_id)s AND url = %(url)s;

-- name: list
SELECT * FROM webhooks WHERE vendor_id = %(vendor_id)s ORDER BY made_at, webhook_id;

-- name: find
SELECT * FROM webhooks WHERE vendor_id = %(vendor_id)s AND webhook_id = %(webhook_id)s;

-- name: change
UPDATE webhooks SET url = coalesce(%(url)s, url), events = coalesce(%(events)s, events),
    disabled_at = CASE %(enabled)s::boolean WHEN true THEN NULL WHEN false THEN coalesce(disabled_at, clock_timestamp())
        ELSE disabled_at END,
    disabled_why = CASE %(enabled)s::boolean WHEN true THEN NULL WHEN false THEN 'By the vendor.'
        ELSE disabled_why END,
    failing_since = CASE WHEN %(enabled)s THEN NULL ELSE failing_since END
WHERE vendor_id = %(vendor_id)s AND webhook_id = %(webhook_id)s RETURNING *;

-- name: rotate
UPDATE webhooks SET old_secret = secret, old_secret_until = clock_timestamp() + make_interval(hours => %(hours)s),
    secret = %(secret)s
WHERE vendor_id = %(vendor_id)s AND webhook_id = %(webhook_id)s RETURNING *;

-- name: delete
DELETE FROM webhooks WHERE vendor_id = %(vendor_id)s AND webhook_id = %(webhook_id)s RETURNING webhook_id;

-- name: deliveries
SELECT delivery_id, kind, state, webhook_deliveries.made_at, payload, (
    SELECT coalesce(jsonb_agg(jsonb_build_object('at', webhook_moment(at), 'status', status, 'failure', failure,
        'milliseconds', milliseconds) ORDER BY number), '[]')
    FROM webhook_tries WHERE webhook_tries.delivery_id = webhook_deliveries.delivery_id) AS tries
FROM webhook_deliveries JOIN webhooks USING (webhook_id)
WHERE vendor_id = %(vendor_id)s AND webhook_id = %(webhook_id)s
ORDER BY webhook_deliveries.made_at DESC, delivery_id LIMIT %(most)s;

-- name: to_deliver
SELECT delivery_id, payload, url, secret, disabled_at IS NOT NULL AS is_disabled,
    CASE WHEN old_secret_until > clock_timestamp() THEN old_secret END AS old_secret
FROM webhook_deliveries JOIN webhooks USING (webhook_id)
WHERE delivery_id = %(delivery_id)s AND state = 'waiting';

-- name: note_try
SELECT note_webhook_try(%(delivery_id)s, %(status)s::integer, %(failure)s::text, %(milliseconds)s::integer,
    %(most_tries)s::integer, %(most_days)s::integer);

-- name: give_up
UPDATE webhook_deliveries SET state = 'failed' WHERE delivery_id = %(delivery_id)s AND state = 'waiting'
RETURNING delivery_id;

-- name: send_again
WITH again AS (
    UPDATE webhook_deliveries SET state = 'waiting' FROM webhooks
    WHERE webhooks.webhook_id = webhook_deliveries.webhook_id AND vendor_id = %(vendor_id)s
        AND webhooks.webhook_id = %(webhook_id)s AND delivery_id = %(delivery_id)s AND state <> 'waiting'
    RETURNING delivery_id
)
SELECT count(defer_job('send_webhook', jsonb_build_object('delivery_id', delivery_id))::text) FROM again;
