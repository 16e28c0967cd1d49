-- name: add
INSERT INTO console.audit (at, who, what, room, before, after)
VALUES (coalesce(%(at)s, clock_timestamp()), %(who)s, %(what)s, %(room)s, %(before)s, %(after)s);

-- name: read
SELECT entry, at, who, what, room, before, after FROM console.audit
WHERE (%(who)s::text IS NULL OR who = %(who)s) AND (%(what)s::text IS NULL OR what = %(what)s)
    AND (%(room)s::text IS NULL OR room = %(room)s) AND (%(before_entry)s::bigint IS NULL OR entry < %(before_entry)s)
    AND (%(since)s::timestamptz IS NULL OR at >= %(since)s) AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
ORDER BY entry DESC LIMIT %(most)s;
