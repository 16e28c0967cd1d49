-- name: add_venue
INSERT INTO venues (name) VALUES (%(venue)s)
ON CONFLICT (coalesce(vendor_id, 0), name) DO UPDATE SET name = excluded.name
RETURNING venue_id;

-- name: add_event
INSERT INTO events (event, room, venue_id, name, starts_at, currency, limit_per_fan)
VALUES (%(event)s, %(room)s, %(venue_id)s, %(name)s, %(starts_at)s, %(currency)s, %(limit_per_fan)s)
ON CONFLICT (event) DO NOTHING RETURNING event_id;

-- name: add_category
INSERT INTO categories (event_id, category, name, price, position)
VALUES (%(event_id)s, %(category)s, %(name)s, %(price)s, %(position)s) RETURNING category_id;

-- name: copy_rows
COPY seating_rows (event_id, category_id, section, row_label, distance, seat_count, free_seats, runs) FROM STDIN;

-- name: count_rows
SELECT count(count_row(row_id, now())) FROM seating_rows WHERE event_id = %(event_id)s;

-- name: add_seats
INSERT INTO seats (event_id, row_id, seat, number, place, distance)
SELECT event_id, row_id, section || '-' || row_label || '-' || place, place, place,
    distance + abs(2 * place - seat_count - 1)
FROM seating_rows CROSS JOIN LATERAL generate_series(1, seat_count) AS place
WHERE event_id = %(event_id)s ORDER BY row_id, place;

-- name: lock_event
SELECT event_id, room FROM events WHERE event = %(event)s AND archived_at IS NULL FOR UPDATE;

-- name: archive_event
UPDATE events SET archived_at = now(), event = (
    SELECT candidate FROM (
        SELECT n, %(event)s || to_char(now(), '-YYYY-MM-DD-') || n AS candidate FROM generate_series(1, 1000) AS n
    ) AS candidates WHERE NOT EXISTS (SELECT FROM events WHERE event = candidate) ORDER BY n LIMIT 1
) WHERE event_id = %(event_id)s RETURNING event;

-- name: copy_event
INSERT INTO events (event, room, venue_id, name, starts_at, currency, limit_per_fan,
    hold_seconds, longest_hold_seconds, payment_seconds, longest_visit_seconds, fees, taxes)
SELECT %(event)s, room, venue_id, name, starts_at, currency, limit_per_fan,
    hold_seconds, longest_hold_seconds, payment_seconds, longest_visit_seconds, fees, taxes
FROM events WHERE event_id = %(event_id)s RETURNING event_id;

-- name: copy_categories
INSERT INTO categories (event_id, category, name, price, position, fees, is_area)
SELECT %(new_event_id)s, category, name, price, position, fees, is_area FROM categories WHERE event_id = %(event_id)s;

-- name: copy_layout
INSERT INTO seating_rows (event_id, category_id, section, row_label, distance, seat_count, free_seats, runs)
SELECT %(new_event_id)s, new.category_id, section, row_label, distance, seat_count, 0, 0
FROM seating_rows AS old JOIN categories USING (category_id)
JOIN categories AS new ON new.event_id = %(new_event_id)s AND new.category = categories.category
WHERE old.event_id = %(event_id)s ORDER BY row_id;

-- name: copy_seats
INSERT INTO seats (event_id, row_id, seat, number, place, distance, kind)
SELECT %(new_event_id)s, new.row_id, seat, number, place, seats.distance, kind
FROM seats JOIN seating_rows AS old USING (row_id)
JOIN seating_rows AS new ON new.event_id = %(new_event_id)s
    AND new.section = old.section AND new.row_label = old.row_label
WHERE old.event_id = %(event_id)s ORDER BY new.row_id, place;

-- name: end_sessions
UPDATE sessions SET ended_at = now() WHERE room = %(room)s AND ended_at IS NULL;
