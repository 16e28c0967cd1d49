-- Let an order that was paid while its event was moved or cancelled be treated as those that were paid before: the
-- jobs of that moment may have run without it.
CREATE OR REPLACE FUNCTION catch_up_with_event(of_order orders)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    at_event events;
BEGIN
    SELECT * INTO at_event FROM events WHERE event_id = of_order.event_id;
    IF at_event.moved_at > of_order.created_at THEN
        PERFORM defer_job('reissue_proofs', jsonb_build_object('event_id', at_event.event_id));
    END IF;
    IF at_event.cancelled_at IS NOT NULL THEN
        PERFORM defer_job('refund_event', jsonb_build_object('event_id', at_event.event_id));
    END IF;
END $$;
