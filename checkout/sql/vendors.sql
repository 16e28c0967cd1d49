-- name: add
INSERT INTO vendors (vendor, name) VALUES (%(vendor)s, %(name)s) ON CONFLICT (vendor) DO NOTHING
RETURNING vendor_id, vendor, name;

-- name: list
SELECT vendor_id, vendor, name FROM vendors ORDER BY vendor;

-- name: add_key
INSERT INTO vendor_keys (key_id, vendor_id, key_hash, expires_at)
SELECT %(key_id)s, vendor_id, %(key_hash)s, %(expires_at)s FROM vendors WHERE vendor = %(vendor)s
RETURNING key_id;

-- name: keys
SELECT key_id, vendor_keys.created_at, expires_at, revoked_at,
    revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp()) AS is_live
FROM vendor_keys JOIN vendors USING (vendor_id) WHERE vendor = %(vendor)s ORDER BY vendor_keys.created_at;

-- name: revoke_key
UPDATE vendor_keys SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE key_id = %(key_id)s
RETURNING key_id;

-- name: holder
SELECT vendor_id, vendor, name, key_hash FROM vendor_keys JOIN vendors USING (vendor_id)
WHERE key_id = %(key_id)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp());

-- name: lock_call
SELECT pg_try_advisory_xact_lock(hashtextextended('vendor ' || %(vendor_id)s::bigint || ' ' || %(key)s::text, 0))
    AS is_ours;

-- name: known_call
SELECT fingerprint, answer FROM vendor_calls WHERE vendor_id = %(vendor_id)s AND key = %(key)s;

-- name: keep_call
INSERT INTO vendor_calls (vendor_id, key, fingerprint, status, answer)
VALUES (%(vendor_id)s, %(key)s, %(fingerprint)s, 201, %(answer)s);
