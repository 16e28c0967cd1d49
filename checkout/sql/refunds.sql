-- name: open
SELECT open_refund(%(refund_id)s, %(order_id)s, %(lines)s, %(reason)s, %(key)s);

-- name: find
SELECT refund_document(%(refund_id)s);

-- name: of_order
SELECT refund_document(refund_id) FROM refunds WHERE order_id = %(order_id)s ORDER BY started_at, refund_id;

-- name: settle_refunded
SELECT settle_refunded(%(refund_id)s, %(reference)s);

-- name: settle_refund_failed
SELECT settle_refund_failed(%(refund_id)s, %(code)s);

-- name: orders_of_event
SELECT order_id FROM orders WHERE event_id = %(event_id)s AND status IN ('paid', 'partly_refunded') ORDER BY order_id;
