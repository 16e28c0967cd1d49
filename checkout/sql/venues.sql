-- name: add
INSERT INTO venues (vendor_id, name, address) VALUES (%(vendor_id)s, %(name)s, %(address)s)
ON CONFLICT (coalesce(vendor_id, 0), name) DO NOTHING RETURNING venue, name, address, version;

-- name: list
SELECT venue, name, address, version FROM venues WHERE vendor_id = %(vendor_id)s ORDER BY name;

-- name: find
SELECT venue, name, address, version FROM venues WHERE vendor_id = %(vendor_id)s AND venue = %(venue)s;

-- name: lock
SELECT venue_id, version FROM venues WHERE vendor_id = %(vendor_id)s AND venue = %(venue)s FOR UPDATE;

-- name: is_name_taken
SELECT FROM venues WHERE vendor_id = %(vendor_id)s AND name = %(name)s AND venue <> %(venue)s;

-- name: edit
UPDATE venues SET name = coalesce(%(name)s, name), address = coalesce(%(address)s, address), version = version + 1
WHERE vendor_id = %(vendor_id)s AND venue = %(venue)s RETURNING venue, name, address, version;

-- name: events
SELECT event FROM events WHERE venue_id = %(venue_id)s ORDER BY created_at LIMIT 10;

-- name: delete
DELETE FROM venues WHERE venue_id = %(venue_id)s;
