-- Describe a payment and its order; `next` is the step whose call has no outcome and is not the buyer's to begin.
CREATE OR REPLACE FUNCTION payment_document(of_payment text)
RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        SELECT jsonb_build_object(
            'payment_id', payment_id, 'status', payments.status, 'method', method, 'amount', payments.amount,
            'currency', payments.currency, 'reference', reference, 'failure', failure, 'is_retryable', is_retryable, 'next_action', next_action,
            'order', order_document(order_id),
            'next', (
                SELECT step FROM payment_attempts
                WHERE payment_attempts.payment_id = of_payment AND outcome IS NULL AND step <> 'refund'
                    AND (step <> 'confirm' OR orders.status IN ('authorising', 'unknown'))
                ORDER BY started_at DESC LIMIT 1))
        FROM payments JOIN orders USING (order_id) WHERE payment_id = of_payment
    );
END $$;
