-- Let the buyer be told of an order's new status, if that is told at all: once a payment, however often it is reached.
CREATE OR REPLACE FUNCTION tell_of_status(of_order orders)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tell_buyer(of_order.order_id, kind,
        (SELECT 'payment ' || count(*) FROM payments WHERE order_id = of_order.order_id),
        with_detail => jsonb_build_object('status', of_order.status), wait_seconds => notice_rules.wait_seconds)
    FROM notice_rules WHERE to_status = of_order.status;
END $$;
