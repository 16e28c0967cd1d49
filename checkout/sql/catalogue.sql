-- name: event
SELECT event_id, event, room, events.name, venues.name AS venue, starts_at, currency, limit_per_fan, cancelled_at
FROM events JOIN venues USING (venue_id) WHERE event = %(event)s AND archived_at IS NULL;

-- name: event_of_room
SELECT event FROM events WHERE room = %(room)s AND archived_at IS NULL ORDER BY created_at DESC LIMIT 1;

-- name: newest_event
SELECT event, room FROM events WHERE archived_at IS NULL ORDER BY created_at DESC LIMIT 1;

-- name: sections
SELECT section, category, categories.name AS category_name, price, on_sale_at, is_area,
    sum(CASE WHEN next_expiry > now() THEN free_seats
        ELSE (SELECT count(*) FROM seats WHERE seats.row_id = seating_rows.row_id AND is_for_all(seats, now()))
    END)::integer AS free,
    sum(CASE WHEN kept_unsold = 0 THEN 0
        ELSE (SELECT count(*) FROM seats WHERE seats.row_id = seating_rows.row_id AND is_free(seats, now())
            AND kind = 'accessible')
    END)::integer AS accessible,
    sum(unsold_seats + kept_unsold)::integer AS unsold, sum(sold_seats)::integer AS sold
FROM seating_rows JOIN categories USING (category_id)
WHERE seating_rows.event_id = %(event_id)s
GROUP BY section, categories.category_id ORDER BY position, length(section), section;

-- name: section_seats
SELECT row_label, seat, number, category, price, kind,
    CASE WHEN is_sold THEN 'sold' WHEN is_blocked THEN 'blocked' WHEN held_until > now() THEN 'held' ELSE 'free'
    END AS state
FROM seats JOIN seating_rows USING (row_id) JOIN categories USING (category_id)
WHERE seating_rows.event_id = %(event_id)s AND section = %(section)s
ORDER BY seating_rows.distance, row_id, place;

-- name: seat_states
SELECT section, row_label, category, CASE
    WHEN sold_seats = seat_count THEN repeat('s', seat_count)
    WHEN free_seats = seat_count THEN repeat('.', seat_count)
    ELSE (
        SELECT string_agg(CASE
            WHEN is_sold THEN 's' WHEN is_blocked THEN 'x' WHEN held_until > now() THEN 'h'
            WHEN kind = 'accessible' THEN 'a' WHEN kind = 'companion' THEN 'c' ELSE '.' END, '' ORDER BY place)
        FROM seats WHERE seats.row_id = seating_rows.row_id) END AS states
FROM seating_rows JOIN categories USING (category_id)
WHERE seating_rows.event_id = %(event_id)s AND NOT is_area
ORDER BY length(section), section, distance, row_id;

-- name: stock
SELECT event, room, coalesce(sum(unsold_seats + kept_unsold), 0)::integer AS unsold,
    coalesce(sum(CASE WHEN next_expiry > now() THEN free_seats + kept_free
        ELSE (SELECT count(*) FROM seats WHERE seats.row_id = seating_rows.row_id AND is_free(seats, now()))
    END), 0)::integer AS free,
    coalesce(sum(sold_seats), 0)::integer AS sold
FROM events LEFT JOIN seating_rows ON seating_rows.event_id = events.event_id AND cancelled_at IS NULL
WHERE archived_at IS NULL GROUP BY events.event_id;

-- name: sold_twice
SELECT event, count(seat_id)::integer AS seats FROM events LEFT JOIN (
    SELECT event_id, seat_id FROM tickets WHERE is_live GROUP BY event_id, seat_id HAVING count(*) > 1
) AS twice USING (event_id) WHERE archived_at IS NULL GROUP BY event;

-- name: seats_a_buyer
SELECT room, count(*)::float / count(DISTINCT order_id) AS seats_a_buyer
FROM tickets JOIN events USING (event_id) WHERE is_live AND archived_at IS NULL GROUP BY room;
