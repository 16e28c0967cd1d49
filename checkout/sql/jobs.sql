-- name: take_up
SELECT take_up_jobs(%(silent_seconds)s::float, %(most_tries)s::integer);

-- name: count
SELECT task_name AS task,
    count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()) AS due,
    count(*) FILTER (WHERE status = 'todo' AND scheduled_at > now()) AS later,
    count(*) FILTER (WHERE status = 'doing') AS running,
    count(*) FILTER (WHERE status = 'failed') AS failed,
    coalesce(max(extract(epoch FROM now() - coalesce(scheduled_at, deferred_at)))
        FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()), 0)::float AS oldest_due_seconds
FROM procrastinate_jobs
LEFT JOIN LATERAL (
    SELECT min(at) AS deferred_at FROM procrastinate_events WHERE job_id = procrastinate_jobs.id AND type = 'deferred'
) AS events ON status = 'todo'
GROUP BY task_name;

-- name: note_failure
INSERT INTO job_failures (job_id, reason) VALUES (%(job_id)s, %(reason)s)
ON CONFLICT (job_id) DO UPDATE SET reason = excluded.reason, at = clock_timestamp() RETURNING job_id;

-- name: failed
SELECT id AS job_id, task_name AS task, args AS arguments, attempts AS tries, at, reason
FROM procrastinate_jobs LEFT JOIN job_failures ON job_id = id WHERE status = 'failed' ORDER BY id;

-- name: retry
WITH retried AS (
    UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = NULL
    WHERE status = 'failed' AND (%(job_id)s::bigint IS NULL OR id = %(job_id)s) RETURNING id
)
SELECT count(*) FROM retried;
