-- What was reserved has been let go; a payment that was declined, or whose capture failed, stays so. Repeated: changes nothing.
CREATE OR REPLACE FUNCTION settle_voided(for_payment text)
RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_payment(for_payment);
    UPDATE payment_attempts SET outcome = 'voided', finished_at = clock_timestamp()
    WHERE attempt_key = for_payment || '.void' AND outcome IS NULL;
    UPDATE payments SET status = 'voided', changed_at = clock_timestamp()
    WHERE payment_id = for_payment AND FOUND AND status NOT IN ('declined', 'failed', 'captured');
    RETURN payment_document(for_payment);
END $$;
