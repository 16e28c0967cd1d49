-- Note a provider's event, once, and what follows from it: a job that settles the payment, or a case for a human.
-- What the event says of amounts and states settles nothing: it only makes somebody look. The job waits a little, so
-- that the reply to a call of ours, which is on its way as a rule, comes first.
-- Money given back is a case only when it is more than our own refunds account for.
-- Outcomes: taken, known (it came before), unknown (it is about no payment of ours).
CREATE OR REPLACE FUNCTION take_event(
    by_provider text, of_event text, of_kind text, named_payment text, by_reference text, consequence text,
    given_back bigint, with_detail text
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    about text := (
        SELECT payment_id FROM payments WHERE provider = by_provider
            AND (payment_id = named_payment OR reference = by_reference)
        ORDER BY payment_id = named_payment DESC NULLS LAST LIMIT 1);
BEGIN
    IF about IS NULL THEN
        RETURN 'unknown';
    END IF;
    INSERT INTO provider_events (provider, event_id, kind, payment_id)
    VALUES (by_provider, of_event, of_kind, about) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN 'known';
    END IF;
    IF consequence = 'settle' THEN
        PERFORM defer_job('settle_payment', jsonb_build_object('payment_id', about), NULL,
            clock_timestamp() + interval '5 seconds');
    ELSIF given_back IS NULL OR given_back > (
        SELECT coalesce(sum(amount), 0) FROM refunds WHERE payment_id = about AND status <> 'failed'
    ) THEN
        PERFORM open_case(consequence, about, NULL, with_detail);
    END IF;
    RETURN 'taken';
END $$;
