-- name: open
INSERT INTO sessions (session_id, room, epoch, fan_id, opening_key, expires_at)
VALUES (%(session_id)s, %(room)s, %(epoch)s, %(fan_id)s, %(opening_key)s, now() + interval '15 minutes')
ON CONFLICT (epoch, fan_id) DO NOTHING;

-- name: find_by_fan
SELECT session_id, opening_key, ended_at IS NOT NULL AS is_ended, expires_at
FROM sessions WHERE epoch = %(epoch)s AND fan_id = %(fan_id)s;

-- name: enter
UPDATE sessions SET entered_at = coalesce(entered_at, clock_timestamp()),
    expires_at = CASE WHEN entered_at IS NULL THEN coalesce(%(expires_at)s::timestamptz, expires_at)
        ELSE greatest(expires_at, %(expires_at)s::timestamptz) END
WHERE session_id = %(session_id)s RETURNING expires_at;

-- name: forget
DELETE FROM sessions WHERE session_id = %(session_id)s AND entered_at IS NULL RETURNING session_id;

-- name: find_open
SELECT session_id, room, epoch, fan_id, expires_at FROM sessions
WHERE session_id = %(session_id)s AND entered_at IS NOT NULL AND ended_at IS NULL
    AND expires_at > clock_timestamp();

-- name: end
UPDATE sessions SET ended_at = coalesce(ended_at, clock_timestamp()) WHERE session_id = %(session_id)s
RETURNING ended_at;

-- name: holds_to_release
SELECT hold_id FROM holds WHERE session_id = %(session_id)s AND state = 'live' ORDER BY hold_id;

-- name: of_room
SELECT session_id, epoch, fan_id,
    CASE WHEN ended_at IS NULL AND expires_at > clock_timestamp() THEN session_id END AS session
FROM sessions WHERE room = %(room)s AND entered_at IS NOT NULL AND session_id > %(after)s
ORDER BY session_id LIMIT %(most)s;
