-- The provider cannot give the money back: tickets and seats stay the buyer's, and a human is told.
-- Repeated: changes nothing.
CREATE OR REPLACE FUNCTION settle_refund_failed(of_refund text, with_code text)
RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    UPDATE refunds SET status = 'failed', changed_at = clock_timestamp()
    WHERE refund_id = of_refund AND status = 'started';
    IF FOUND THEN
        UPDATE refund_lines SET is_live = false WHERE refund_id = of_refund;
        UPDATE payment_attempts SET outcome = with_code, finished_at = clock_timestamp()
        WHERE attempt_key = of_refund;
        PERFORM open_case('refund-failed', payment_id, of_refund, with_code) FROM refunds WHERE refund_id = of_refund;
    END IF;
    RETURN refund_document(of_refund);
END $$;
