-- Begin to give back the money of an order's lines (null: of all that are left); a repeated key is the same refund.
-- Tickets and seats stay as they are until the provider has answered.
-- Outcomes: opened (refund), order-missing, order-not-refundable (status), lines-not-refundable (lines).
CREATE OR REPLACE FUNCTION open_refund(
    new_refund text, for_order text, of_lines integer[], for_reason text, by_key text
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    paid_by text := (SELECT payment_id FROM payments WHERE order_id = for_order AND status = 'captured');
    of_order orders := lock_payment(paid_by);
    known text := (SELECT refund_id FROM refunds WHERE asked_key = by_key);
    open_lines integer[];
BEGIN
    IF known IS NOT NULL THEN
        RETURN jsonb_build_object('outcome', 'opened', 'refund', refund_document(known));
    END IF;
    IF NOT EXISTS (SELECT FROM orders WHERE order_id = for_order) THEN
        RETURN jsonb_build_object('outcome', 'order-missing');
    END IF;
    IF of_order.order_id IS NULL OR of_order.status NOT IN ('paid', 'partly_refunded') THEN
        RETURN jsonb_build_object('outcome', 'order-not-refundable',
            'status', (SELECT status FROM orders WHERE order_id = for_order));
    END IF;
    open_lines := ARRAY(
        SELECT line FROM order_lines WHERE order_id = for_order AND NOT EXISTS (
            SELECT FROM refund_lines WHERE refund_lines.order_id = for_order
                AND refund_lines.line = order_lines.line AND is_live));
    IF cardinality(open_lines) = 0 OR NOT coalesce(of_lines, open_lines) <@ open_lines THEN
        RETURN jsonb_build_object('outcome', 'lines-not-refundable', 'lines', to_jsonb(
            ARRAY(SELECT unnest(of_lines) EXCEPT SELECT unnest(open_lines))));
    END IF;
    PERFORM write_refund(new_refund, of_order, paid_by, coalesce(of_lines, open_lines), for_reason, by_key);
    RETURN jsonb_build_object('outcome', 'opened', 'refund', refund_document(new_refund));
END $$;
