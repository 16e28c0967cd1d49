-- name: plan
SELECT seat_map_id, venue_id, plan FROM seat_maps JOIN venues USING (venue_id)
WHERE vendor_id = %(vendor_id)s AND seat_map = %(seat_map)s FOR SHARE OF seat_maps;

-- name: add
INSERT INTO events (vendor_id, event, room, venue_id, seat_map_id, name, starts_at, currency, limit_per_fan)
VALUES (%(vendor_id)s, %(event)s, %(room)s, %(venue_id)s, %(seat_map_id)s, %(name)s, %(starts_at)s, %(currency)s,
    %(limit_per_fan)s)
ON CONFLICT (event) DO NOTHING RETURNING event_id;

-- name: edit
UPDATE events SET
    room = coalesce(%(room)s, room), name = coalesce(%(name)s, name), starts_at = coalesce(%(starts_at)s, starts_at),
    currency = coalesce(%(currency)s, currency), limit_per_fan = coalesce(%(limit_per_fan)s, limit_per_fan),
    hold_seconds = coalesce(%(hold_seconds)s, hold_seconds),
    longest_hold_seconds = coalesce(%(longest_hold_seconds)s, longest_hold_seconds),
    payment_seconds = coalesce(%(payment_seconds)s, payment_seconds),
    longest_visit_seconds = coalesce(%(longest_visit_seconds)s, longest_visit_seconds),
    fees = coalesce(%(fees)s, fees), taxes = coalesce(%(taxes)s, taxes),
    version = version + %(steps)s
WHERE event_id = %(event_id)s RETURNING event_id;

-- name: lock_alone
SELECT lock_event_alone(event_id) FROM events WHERE event = %(event)s AND vendor_id = %(vendor_id)s;

-- name: lock
SELECT event_id, seat_map_id, version, room, starts_at, currency, hold_seconds, longest_hold_seconds,
    cancelled_at IS NOT NULL AS is_cancelled,
    EXISTS (SELECT FROM orders WHERE orders.event_id = events.event_id) AS is_ordered,
    EXISTS (SELECT FROM holds WHERE holds.event_id = events.event_id) AS is_held
FROM events WHERE event = %(event)s AND vendor_id = %(vendor_id)s AND archived_at IS NULL FOR UPDATE;

-- name: list
SELECT event_terms(event_id) FROM events
WHERE vendor_id = %(vendor_id)s AND archived_at IS NULL AND event_id < %(before)s
ORDER BY event_id DESC LIMIT %(most)s;

-- name: event_id
SELECT event_id FROM events WHERE vendor_id = %(vendor_id)s AND event = %(event)s AND archived_at IS NULL;

-- name: describe
SELECT event_document(%(event_id)s);

-- name: find
SELECT event_document(event_id) FROM events
WHERE vendor_id = %(vendor_id)s AND event = %(event)s AND archived_at IS NULL;

-- name: touch
UPDATE events SET version = version + 1 WHERE event_id = %(event_id)s;

-- name: note
INSERT INTO ledger (event_id, what, detail) VALUES (%(event_id)s, %(what)s, %(detail)s);

-- name: add_category
INSERT INTO categories (event_id, category, name, price, on_sale_at, fees, is_area, position)
VALUES (%(event_id)s, %(category)s, %(name)s, %(price)s, %(on_sale_at)s, %(fees)s, %(is_area)s,
    (SELECT coalesce(max(position), -1) + 1 FROM categories WHERE event_id = %(event_id)s))
ON CONFLICT (event_id, category) DO NOTHING RETURNING category_id;

-- name: place_rows
SELECT place_rows(%(event_id)s, %(category_id)s, %(plan)s, %(places)s);

-- name: rows
SELECT section, row_label FROM seating_rows WHERE event_id = %(event_id)s;

-- name: category
SELECT category_id, is_area FROM categories WHERE event_id = %(event_id)s AND category = %(category)s;

-- name: edit_category
UPDATE categories SET name = coalesce(%(name)s, name), price = coalesce(%(price)s, price),
    fees = coalesce(%(fees)s, fees), on_sale_at = CASE WHEN %(sets_on_sale_at)s THEN %(on_sale_at)s ELSE on_sale_at END
WHERE category_id = %(category_id)s;

-- name: moving_rows
SELECT row_id, section, row_label, sold_seats, is_area FROM seating_rows JOIN categories USING (category_id)
WHERE seating_rows.event_id = %(event_id)s AND seating_rows.category_id <> %(category_id)s
    AND is_among(%(places)s, section, row_label);

-- name: move_rows
UPDATE seating_rows SET category_id = %(category_id)s WHERE row_id = ANY (%(row_ids)s);

-- name: is_category_held
SELECT FROM hold_seats JOIN seats USING (seat_id) JOIN seating_rows USING (row_id)
WHERE seating_rows.event_id = %(event_id)s
    AND (hold_seats.category_id = %(category_id)s OR seating_rows.category_id = %(category_id)s) LIMIT 1;

-- name: delete_seats
DELETE FROM seats USING seating_rows WHERE seats.row_id = seating_rows.row_id AND category_id = %(category_id)s;

-- name: delete_rows
DELETE FROM seating_rows WHERE category_id = %(category_id)s;

-- name: delete_category
DELETE FROM categories WHERE category_id = %(category_id)s;

-- name: change_seats
SELECT change_seats(%(event_id)s, %(seats)s, %(blocked)s, %(kind)s);

-- name: move
SELECT move_event(%(vendor_id)s, %(event)s, %(starts_at)s);

-- name: cancel
SELECT cancel_event(%(vendor_id)s, %(event)s, %(reason)s);

-- name: delete
SELECT delete_event(%(vendor_id)s, %(event)s);
