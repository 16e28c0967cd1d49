-- name: take
INSERT INTO console.tries AS known (name_hash, browser_of, failures) VALUES (%(counted_by)s, %(browser_of)s, 1)
ON CONFLICT (name_hash) DO UPDATE
SET failures = CASE WHEN known.last_at < clock_timestamp() - interval '1 day' THEN 1 ELSE known.failures + 1 END,
    last_at = clock_timestamp(),
    locked_until = clock_timestamp() + make_interval(secs => (%(waits)s::float8[])[least(
        CASE WHEN known.last_at < clock_timestamp() - interval '1 day' THEN 1 ELSE known.failures + 1 END,
        cardinality(%(waits)s::float8[]))])
WHERE known.locked_until IS NULL OR known.locked_until <= clock_timestamp()
RETURNING failures;

-- name: wait
SELECT greatest(0, extract(epoch FROM locked_until - clock_timestamp()))::float8 AS seconds
FROM console.tries WHERE name_hash = %(counted_by)s;

-- name: give_back
UPDATE console.tries
SET failures = greatest(0, failures - 1),
    locked_until = CASE WHEN failures = %(failures)s THEN NULL ELSE locked_until END
WHERE name_hash = %(counted_by)s;

-- name: reset
DELETE FROM console.tries WHERE name_hash = %(counted_by)s;

-- name: forget
DELETE FROM console.tries WHERE last_at < clock_timestamp() - interval '1 day';
