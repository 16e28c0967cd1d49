-- name: keep_settings
INSERT INTO console.settings_kept (room, epoch, version, at, settings)
VALUES (%(room)s, %(epoch)s, %(version)s, %(at)s, %(settings)s) ON CONFLICT DO NOTHING;

-- name: kept_settings
SELECT version, at, settings FROM console.settings_kept WHERE room = %(room)s AND epoch = %(epoch)s ORDER BY version;

-- name: add_points
INSERT INTO console.points (room, epoch, at, what)
SELECT room, epoch, at, what FROM jsonb_to_recordset(%(points)s) AS point (room text, epoch text, at timestamptz, what jsonb)
ON CONFLICT DO NOTHING;

-- name: points
SELECT at, what FROM console.points
WHERE room = %(room)s AND epoch = %(epoch)s AND (%(since)s::timestamptz IS NULL OR at > %(since)s)
ORDER BY at LIMIT %(most)s;
