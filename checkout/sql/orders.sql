-- name: find
SELECT order_document(%(order_id)s);

-- name: of_hold
SELECT order_document(order_id) FROM orders
WHERE hold_id = %(hold_id)s AND session_id = %(session_id)s ORDER BY created_at DESC LIMIT 1;

-- name: of_reference
SELECT order_document(order_id) FROM payments WHERE reference = %(reference)s LIMIT 1;

-- name: next_action
SELECT next_action FROM payments WHERE order_id = %(order_id)s ORDER BY number DESC LIMIT 1;

-- name: cancel
SELECT cancel_order(%(session_id)s, %(order_id)s);

-- name: expire
SELECT expire_orders(%(most)s);
