-- Describe a refund.
CREATE OR REPLACE FUNCTION refund_document(of_refund text)
RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        SELECT jsonb_build_object(
            'refund_id', refund_id, 'order_id', refunds.order_id, 'payment_id', refunds.payment_id,
            'authorisation', payments.reference, 'amount', refunds.amount, 'currency', currency,
            'reason', reason, 'status', refunds.status,
            'lines', (SELECT jsonb_agg(line ORDER BY line) FROM refund_lines
                WHERE refund_lines.refund_id = of_refund),
            'started_at_ms', floor(extract(epoch FROM refunds.started_at) * 1000))
        FROM refunds JOIN payments USING (payment_id) WHERE refund_id = of_refund
    );
END $$;
