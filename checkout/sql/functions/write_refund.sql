-- Write the rows of a new refund, and the call to the provider that comes next.
CREATE OR REPLACE FUNCTION write_refund(
    new_refund text, of_order orders, of_payment text, of_lines integer[], for_reason text, by_key text
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO refunds (refund_id, order_id, payment_id, amount, reason, asked_key)
    VALUES (new_refund, of_order.order_id, of_payment, refundable(of_order, of_lines), for_reason, by_key);
    INSERT INTO refund_lines (refund_id, order_id, line)
    SELECT new_refund, of_order.order_id, line FROM unnest(of_lines) AS line;
    INSERT INTO payment_attempts (attempt_key, payment_id, refund_id, step)
    VALUES (new_refund, of_payment, new_refund, 'refund')
$$;
