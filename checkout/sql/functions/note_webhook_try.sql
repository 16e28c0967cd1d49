-- Write down what came of one try to deliver, and what follows for its endpoint; return the delivery's new state.
-- The last of so many tries fails for good, and so does every one once the endpoint is disabled. An endpoint that has
-- failed for so many days, or wants no more (410), is disabled.
CREATE OR REPLACE FUNCTION note_webhook_try(
    of_delivery text, with_status integer, with_failure text, took_milliseconds integer, most_tries integer,
    most_days integer
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    so_far integer;
    new_state text;
BEGIN
    INSERT INTO webhook_tries (delivery_id, number, status, failure, milliseconds)
    SELECT of_delivery, count(*) + 1, with_status, with_failure, took_milliseconds
    FROM webhook_tries WHERE delivery_id = of_delivery
    RETURNING number INTO so_far;
    UPDATE webhooks SET
        failing_since = CASE WHEN with_failure IS NOT NULL THEN coalesce(failing_since, clock_timestamp()) END,
        disabled_at = CASE WHEN with_failure IS NOT NULL AND (with_status = 410
            OR failing_since < clock_timestamp() - make_interval(days => most_days)) THEN clock_timestamp()
            ELSE disabled_at END,
        disabled_why = CASE WHEN with_failure IS NULL THEN disabled_why
            WHEN with_status = 410 THEN 'It answered 410: it wants no more.'
            WHEN failing_since < clock_timestamp() - make_interval(days => most_days)
                THEN 'It has failed since ' || webhook_moment(failing_since) || '.'
            ELSE disabled_why END
    WHERE webhook_id = (SELECT webhook_id FROM webhook_deliveries WHERE delivery_id = of_delivery)
        AND disabled_at IS NULL;
    UPDATE webhook_deliveries SET state = CASE
        WHEN with_failure IS NULL THEN 'delivered'
        WHEN so_far >= most_tries OR (SELECT disabled_at IS NOT NULL FROM webhooks
            WHERE webhooks.webhook_id = webhook_deliveries.webhook_id) THEN 'failed'
        ELSE 'waiting' END
    WHERE delivery_id = of_delivery RETURNING state INTO new_state;
    RETURN new_state;
END $$;
