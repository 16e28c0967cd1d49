-- name: add
INSERT INTO console.people (name, role, requires_second_factor)
VALUES (%(name)s, %(role)s, %(requires_second_factor)s) ON CONFLICT (name) DO NOTHING
RETURNING name;

-- name: everyone
SELECT people.name, role, is_disabled, requires_second_factor, second_factor IS NOT NULL AS has_second_factor,
    password_hash IS NOT NULL AS has_password, created_at, signed_in_at, link_ends_at,
    (SELECT max(locked_until) FROM console.tries
        WHERE sha256(convert_to(people.name, 'UTF8')) IN (name_hash, browser_of)) AS locked_until,
    (SELECT count(*) FROM console.sessions AS s WHERE s.name = people.name AND s.ends_at > clock_timestamp()) AS sessions,
    (SELECT count(*) FROM console.recovery_codes AS c WHERE c.name = people.name) AS recovery_codes
FROM console.people
WHERE %(name)s::text IS NULL OR people.name = %(name)s
ORDER BY people.name;

-- name: credentials
SELECT name, role, password_hash, second_factor, second_factor_step, second_factor_pending, requires_second_factor,
    is_disabled, known_browsers::text
FROM console.people WHERE name = %(name)s;

-- name: known_browsers
SELECT known_browsers::text FROM console.people WHERE name = %(name)s;

-- name: lock_people
LOCK TABLE console.people IN SHARE ROW EXCLUSIVE MODE;

-- name: change
UPDATE console.people
SET role = coalesce(%(role)s, role), is_disabled = coalesce(%(is_disabled)s, is_disabled),
    requires_second_factor = coalesce(%(requires_second_factor)s, requires_second_factor),
    known_browsers = CASE WHEN %(is_disabled)s THEN gen_random_uuid() ELSE known_browsers END
WHERE name = %(name)s;

-- name: remove
DELETE FROM console.people WHERE name = %(name)s RETURNING name;

-- name: admins
SELECT count(*) AS admins FROM console.people WHERE role = 'admin' AND NOT is_disabled AND password_hash IS NOT NULL;

-- name: unlock
DELETE FROM console.tries WHERE sha256(convert_to(%(name)s, 'UTF8')) IN (name_hash, browser_of);

-- name: set_password
UPDATE console.people
SET password_hash = %(password_hash)s, link_hash = NULL, link_ends_at = NULL, known_browsers = gen_random_uuid()
WHERE name = %(name)s RETURNING known_browsers::text;

-- name: rehash
UPDATE console.people SET password_hash = %(new_hash)s WHERE name = %(name)s AND password_hash = %(old_hash)s;

-- name: set_link
UPDATE console.people
SET link_hash = %(link_hash)s, link_ends_at = clock_timestamp() + make_interval(hours => %(hours)s)
WHERE name = %(name)s RETURNING link_ends_at;

-- name: holder_of_link
SELECT name FROM console.people WHERE link_hash = %(link_hash)s AND link_ends_at > clock_timestamp() AND NOT is_disabled;

-- name: use_link
UPDATE console.people
SET password_hash = %(password_hash)s, link_hash = NULL, link_ends_at = NULL, known_browsers = gen_random_uuid()
WHERE link_hash = %(link_hash)s AND link_ends_at > clock_timestamp() AND NOT is_disabled
RETURNING name;

-- name: signed_in
UPDATE console.people SET signed_in_at = clock_timestamp() WHERE name = %(name)s;

-- name: offer_second_factor
UPDATE console.people SET second_factor_pending = %(sealed)s WHERE name = %(name)s;

-- name: set_second_factor
UPDATE console.people
SET second_factor = second_factor_pending, second_factor_pending = NULL, second_factor_step = %(step)s
WHERE name = %(name)s AND second_factor_pending = %(sealed)s RETURNING name;

-- name: clear_second_factor
UPDATE console.people SET second_factor = NULL, second_factor_pending = NULL WHERE name = %(name)s;

-- name: use_step
UPDATE console.people SET second_factor_step = %(step)s
WHERE name = %(name)s AND second_factor_step < %(step)s RETURNING name;

-- name: clear_recovery_codes
DELETE FROM console.recovery_codes WHERE name = %(name)s;

-- name: add_recovery_codes
INSERT INTO console.recovery_codes (name, code_hash) SELECT %(name)s, unnest(%(hashes)s::bytea[]);

-- name: use_recovery_code
DELETE FROM console.recovery_codes WHERE name = %(name)s AND code_hash = %(code_hash)s RETURNING name;

-- name: reseal
UPDATE console.people SET second_factor = %(sealed)s WHERE name = %(name)s AND second_factor = %(old)s;
