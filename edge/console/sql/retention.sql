-- name: over
WITH RECURSIVE rooms AS (
    (SELECT room, epoch FROM console.points ORDER BY room, epoch LIMIT 1)
    UNION ALL
    -- From one room to the next by the index: nobody counts millions of samples.
    SELECT next.room, next.epoch FROM rooms, LATERAL (
        SELECT room, epoch FROM console.points WHERE (points.room, points.epoch) > (rooms.room, rooms.epoch)
        ORDER BY room, epoch LIMIT 1) AS next
)
SELECT room, epoch FROM rooms WHERE epoch <> ALL (%(epochs)s::text[]) AND (
    SELECT max(at) FROM console.points WHERE points.room = rooms.room AND points.epoch = rooms.epoch
) < now() - make_interval(days => %(days)s);

-- name: forget_samples
DELETE FROM console.points WHERE room = %(room)s AND epoch = %(epoch)s AND at = ANY (ARRAY(
    SELECT at FROM console.points WHERE room = %(room)s AND epoch = %(epoch)s
        AND at < now() - make_interval(days => %(days)s)
    ORDER BY at LIMIT %(most)s FOR UPDATE SKIP LOCKED));

-- name: forget_reports
DELETE FROM console.reports WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM console.reports
    WHERE epoch <> ALL (%(epochs)s::text[]) AND at < now() - make_interval(days => %(days)s)
    LIMIT %(most)s FOR UPDATE SKIP LOCKED));

-- name: forget_settings
DELETE FROM console.settings_kept WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM console.settings_kept AS kept
    WHERE epoch <> ALL (%(epochs)s::text[]) AND at < now() - make_interval(days => %(days)s)
        AND NOT EXISTS (SELECT FROM console.reports WHERE reports.room = kept.room AND reports.epoch = kept.epoch)
    LIMIT %(most)s FOR UPDATE SKIP LOCKED));
