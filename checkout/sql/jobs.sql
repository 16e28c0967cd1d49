-- name: take_up
SELECT take_up_jobs(%(silent_seconds)s::float, %(most_tries)s::integer);

-- name: count
WITH counted AS (
    SELECT task_name AS task,
        count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()) AS due,
        count(*) FILTER (WHERE status = 'todo' AND scheduled_at > now()) AS later,
        count(*) FILTER (WHERE status = 'doing') AS running,
        count(*) FILTER (WHERE status = 'failed') AS failed,
        min(scheduled_at) FILTER (WHERE status = 'todo') AS first_scheduled_at,
        min(id) FILTER (WHERE status = 'todo' AND scheduled_at IS NULL) AS first_id
    FROM procrastinate_jobs GROUP BY task_name
)
SELECT task, due, later, running, failed, greatest(0, extract(epoch FROM now() - least(first_scheduled_at, (
    SELECT min(at) FROM procrastinate_events WHERE job_id = first_id AND type = 'deferred'))))::float
    AS oldest_due_seconds
FROM counted;

-- name: note_failure
INSERT INTO job_failures (job_id, reason) VALUES (%(job_id)s, %(reason)s)
ON CONFLICT (job_id) DO UPDATE SET reason = excluded.reason, at = clock_timestamp() RETURNING job_id;

-- name: failed
SELECT id AS job_id, task_name AS task, args AS arguments, attempts AS tries, at, reason
FROM procrastinate_jobs LEFT JOIN job_failures ON job_id = id WHERE status = 'failed' ORDER BY id;

-- name: retry
WITH retried AS (
    UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = now()
    WHERE status = 'failed' AND (%(job_id)s::bigint IS NULL OR id = %(job_id)s) RETURNING id
)
SELECT count(*) FROM retried;
