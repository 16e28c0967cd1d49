-- Let the endpoints of an event's vendor be called that want this kind: a delivery and a job each. Most have none.
CREATE OR REPLACE FUNCTION call_vendor(of_event bigint, of_kind text, with_data jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    delivery text;
    to_webhook text;
BEGIN
    FOR to_webhook IN
        SELECT webhook_id FROM webhooks JOIN events USING (vendor_id)
        WHERE event_id = of_event AND disabled_at IS NULL
            AND (cardinality(webhooks.events) = 0 OR of_kind = ANY (webhooks.events))
    LOOP
        INSERT INTO webhook_deliveries (delivery_id, webhook_id, kind, payload)
        VALUES ('msg_' || replace(gen_random_uuid()::text, '-', ''), to_webhook, of_kind, jsonb_build_object(
            'type', of_kind, 'timestamp', webhook_moment(clock_timestamp()), 'data', with_data))
        RETURNING delivery_id INTO delivery;
        PERFORM defer_job('send_webhook', jsonb_build_object('delivery_id', delivery));
    END LOOP;
END $$;
