-- Let a buyer's tickets be sent once more, some times an hour at most.
-- Outcomes: sending, order-missing, no-tickets, sent-often (retry_after).
CREATE OR REPLACE FUNCTION send_again(of_order text, most_an_hour integer)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    is_paid boolean;
    sent timestamptz[];
BEGIN
    -- Whoever asks at the same time waits here, and then counts this one, too.
    SELECT status IN ('paid', 'partly_refunded') INTO is_paid FROM orders WHERE order_id = of_order FOR UPDATE;
    IF is_paid IS NULL THEN
        RETURN jsonb_build_object('outcome', 'order-missing');
    END IF;
    IF NOT is_paid THEN
        RETURN jsonb_build_object('outcome', 'no-tickets');
    END IF;
    sent := ARRAY(SELECT made_at FROM notices WHERE order_id = of_order AND kind = 'tickets'
        AND made_at > clock_timestamp() - interval '1 hour' ORDER BY made_at);
    IF cardinality(sent) >= most_an_hour THEN
        RETURN jsonb_build_object('outcome', 'sent-often', 'retry_after',
            ceil(extract(epoch FROM sent[1] + interval '1 hour' - clock_timestamp())));
    END IF;
    PERFORM tell_buyer(of_order, 'tickets', 'asked for at ' || clock_timestamp());
    RETURN jsonb_build_object('outcome', 'sending');
END $$;
