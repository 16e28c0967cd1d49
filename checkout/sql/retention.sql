-- name: forget_notices
DELETE FROM notices WHERE notice_id = ANY (ARRAY(
    SELECT notice_id FROM notices
    WHERE state <> 'waiting' AND made_at < now() - make_interval(days => %(days)s)
        AND settled_at < now() - make_interval(days => %(days)s)
        -- While an event is being told, or that has failed, the row says who need not be told again.
        AND NOT EXISTS (SELECT FROM procrastinate_jobs WHERE queue_name = 'tell_event'
            AND args ->> 'kind' = kind AND args ->> 'occurrence' = occurrence)
    ORDER BY made_at LIMIT %(most)s FOR UPDATE SKIP LOCKED));

-- name: forget_deliveries
DELETE FROM webhook_deliveries WHERE delivery_id = ANY (ARRAY(
    SELECT delivery_id FROM webhook_deliveries
    WHERE state <> 'waiting' AND made_at < now() - make_interval(days => %(days)s)
    ORDER BY made_at LIMIT %(most)s FOR UPDATE SKIP LOCKED));
