-- The money has come: the order is paid, its tickets carry their proofs, and the fan's other holds end, for the visit
-- is over. If its event was moved or cancelled meanwhile, that is caught up with. Repeated: changes nothing.
CREATE OR REPLACE FUNCTION settle_captured(for_payment text, of_tickets text[], with_proofs text[])
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    of_order orders := lock_payment(for_payment);
BEGIN
    IF of_order.status = 'secured' THEN
        UPDATE orders SET status = 'paid' WHERE order_id = of_order.order_id;
        PERFORM note_attempt(for_payment, 'capture', 'captured', 'captured');
        UPDATE tickets SET proof = signed.proof, issued_at = clock_timestamp()
        FROM unnest(of_tickets, with_proofs) AS signed (ticket_id, proof)
        WHERE tickets.ticket_id = signed.ticket_id;
        PERFORM catch_up_with_event(of_order);
        PERFORM release_hold(of_order.session_id, hold_id) FROM (
            SELECT hold_id FROM holds WHERE session_id = of_order.session_id AND state = 'live' ORDER BY hold_id
        ) AS others;
    END IF;
    RETURN payment_document(for_payment);
END $$;
