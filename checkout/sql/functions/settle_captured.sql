-- The money has come: the order is paid and its tickets carry their proofs.
CREATE OR REPLACE FUNCTION settle_captured(for_payment text, of_tickets text[], with_proofs text[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders SET status = 'paid' FROM payments
    WHERE payment_id = for_payment AND orders.order_id = payments.order_id;
    PERFORM note_attempt(for_payment, 'capture', 'captured', 'captured', NULL);
    UPDATE tickets SET proof = signed.proof, issued_at = clock_timestamp()
    FROM unnest(of_tickets, with_proofs) AS signed (ticket_id, proof)
    WHERE tickets.ticket_id = signed.ticket_id;
END $$;
