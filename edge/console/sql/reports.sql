-- name: keep
INSERT INTO console.reports (room, epoch, at, report) VALUES (%(room)s, %(epoch)s, %(at)s, %(report)s)
ON CONFLICT (room, epoch) DO UPDATE SET at = EXCLUDED.at, report = EXCLUDED.report WHERE reports.at <= EXCLUDED.at;

-- name: kept
SELECT epoch, at, report FROM console.reports
WHERE room = %(room)s AND (%(epoch)s::text IS NULL OR epoch = %(epoch)s) ORDER BY at DESC LIMIT 1;

-- name: list
SELECT room, epoch, at, report ->> 'name' AS name, report -> 'fans' ->> 'joined' AS joined, report -> 'rehearsal' AS rehearsal
FROM console.reports ORDER BY at DESC LIMIT %(most)s;
