-- Let the next so many buyers of an event be told; return the last one's order, or null when there are no more.
-- Repeated: nobody is told twice.
CREATE OR REPLACE FUNCTION tell_buyers(
    of_event bigint, of_kind text, for_occurrence text, with_detail jsonb, after_order text, most integer
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    buyers text[] := ARRAY(
        SELECT order_id FROM orders WHERE event_id = of_event AND order_id > after_order
            AND status IN ('secured', 'paid', 'partly_refunded', 'unknown', 'needs_action')
        ORDER BY order_id LIMIT most);
BEGIN
    PERFORM tell_buyer(order_id, of_kind, for_occurrence, with_detail) FROM unnest(buyers) AS order_id;
    RETURN buyers[cardinality(buyers)];
END $$;
