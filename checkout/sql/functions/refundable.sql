-- Say how much goes back for these lines of an order: their own amounts, or with the last of them all that is left.
CREATE OR REPLACE FUNCTION refundable(of_order orders, of_lines integer[])
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    others bigint := (
        SELECT count(*) FROM order_lines WHERE order_id = of_order.order_id AND line <> ALL (of_lines)
            AND NOT EXISTS (SELECT FROM refund_lines WHERE refund_lines.order_id = of_order.order_id
                AND refund_lines.line = order_lines.line AND is_live));
BEGIN
    IF others = 0 THEN
        RETURN of_order.amount - (
            SELECT coalesce(sum(amount), 0) FROM refunds WHERE order_id = of_order.order_id AND status <> 'failed');
    END IF;
    RETURN (SELECT sum(amount) FROM order_lines WHERE order_id = of_order.order_id AND line = ANY (of_lines));
END $$;
