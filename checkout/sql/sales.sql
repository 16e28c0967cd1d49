-- name: event_id
SELECT event_id FROM events WHERE vendor_id = %(vendor_id)s AND event = %(event)s AND archived_at IS NULL;

-- name: page
SELECT order_id, email, status, amount, currency, created_at, (
        SELECT count(*) FROM order_lines WHERE order_lines.order_id = orders.order_id
    ) AS seats
FROM orders
WHERE event_id = %(event_id)s
    AND (%(status)s::text IS NULL OR status = %(status)s)
    AND (%(email)s::text IS NULL OR lower(email) = lower(%(email)s))
    AND (%(after)s::text IS NULL OR (created_at, order_id) < (
        SELECT created_at, order_id FROM orders WHERE order_id = %(after)s AND event_id = %(event_id)s))
ORDER BY created_at DESC, order_id DESC LIMIT %(most)s;

-- name: find
SELECT order_document(order_id) FROM orders JOIN events USING (event_id)
WHERE order_id = %(order_id)s AND vendor_id = %(vendor_id)s;

-- name: tickets
SELECT order_id, line, orders.created_at, status, email, seat, category, order_lines.amount AS price, orders.currency,
    ticket_id, coalesce(is_live, false) AS is_live
FROM orders JOIN order_lines USING (order_id) JOIN seats USING (seat_id)
JOIN categories ON categories.category_id = order_lines.category_id
LEFT JOIN tickets USING (order_id, line)
WHERE orders.event_id = %(event_id)s AND (orders.created_at, order_id, line) > (%(at)s, %(order_id)s, %(line)s)
ORDER BY orders.created_at, order_id, line LIMIT %(most)s;
