-- name: begin
INSERT INTO console.sessions (token_hash, session_id, name, network, ends_at)
VALUES (%(token_hash)s, %(session_id)s, %(name)s, %(network)s, clock_timestamp() + make_interval(hours => %(hours)s))
RETURNING made_at, ends_at;

-- name: find
SELECT session_id, sessions.name, role, network, made_at, used_at, ends_at,
    requires_second_factor AND second_factor IS NULL AS needs_second_factor,
    used_at < clock_timestamp() - interval '1 minute' AS is_to_be_renewed
FROM console.sessions JOIN console.people USING (name)
WHERE token_hash = %(token_hash)s AND NOT is_disabled AND ends_at > clock_timestamp()
    AND used_at > clock_timestamp() - make_interval(mins => %(idle_minutes)s);

-- name: renew
UPDATE console.sessions SET used_at = clock_timestamp() WHERE token_hash = %(token_hash)s;

-- name: end
DELETE FROM console.sessions WHERE token_hash = %(token_hash)s RETURNING name;

-- name: of
SELECT session_id, network, made_at, used_at, ends_at FROM console.sessions
WHERE name = %(name)s AND ends_at > clock_timestamp()
    AND used_at > clock_timestamp() - make_interval(mins => %(idle_minutes)s)
ORDER BY made_at DESC;

-- name: end_others
DELETE FROM console.sessions
WHERE name = %(name)s AND session_id IS DISTINCT FROM %(but)s
    AND (%(session_id)s::text IS NULL OR session_id = %(session_id)s)
RETURNING session_id;

-- name: forget
DELETE FROM console.sessions
WHERE ends_at < clock_timestamp() OR used_at < clock_timestamp() - make_interval(mins => %(idle_minutes)s);
