-- name: find
SELECT order_document(%(order_id)s);

-- name: of_hold
SELECT order_document(order_id) FROM orders
WHERE hold_id = %(hold_id)s AND session_id = %(session_id)s ORDER BY created_at DESC LIMIT 1;

-- name: cancel
SELECT cancel_order(%(session_id)s, %(order_id)s);

-- name: expire
SELECT expire_orders(%(most)s);
