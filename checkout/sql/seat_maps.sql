-- name: add
INSERT INTO seat_maps (venue_id, name, plan) VALUES (%(venue_id)s, %(name)s, %(plan)s)
ON CONFLICT (venue_id, name) DO NOTHING RETURNING seat_map;

-- name: list
SELECT seat_map, seat_maps.name, seat_maps.version FROM seat_maps JOIN venues USING (venue_id)
WHERE vendor_id = %(vendor_id)s AND venue = %(venue)s ORDER BY seat_maps.name;

-- name: find
SELECT seat_map, venue, seat_maps.name, seat_maps.version, plan FROM seat_maps JOIN venues USING (venue_id)
WHERE vendor_id = %(vendor_id)s AND seat_map = %(seat_map)s;

-- name: lock
SELECT seat_map_id, seat_maps.version FROM seat_maps JOIN venues USING (venue_id)
WHERE vendor_id = %(vendor_id)s AND seat_map = %(seat_map)s FOR UPDATE OF seat_maps;

-- name: edit
UPDATE seat_maps SET name = coalesce(%(name)s, name), plan = coalesce(%(plan)s, plan), version = version + 1
WHERE seat_map_id = %(seat_map_id)s;

-- name: is_name_taken
SELECT FROM seat_maps AS other JOIN seat_maps AS own USING (venue_id)
WHERE own.seat_map_id = %(seat_map_id)s AND other.name = %(name)s AND other.seat_map_id <> own.seat_map_id;

-- name: delete
DELETE FROM seat_maps WHERE seat_map_id = %(seat_map_id)s;

-- name: plan_of_event
SELECT plan FROM seat_maps WHERE seat_map_id = %(seat_map_id)s;
