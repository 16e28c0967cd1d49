-- Put a job into the outbox: it is run by a worker if, and only if, this transaction commits, and not before `due_at`.
-- Each task has a queue of its own, so that a worker takes only what it knows.
CREATE OR REPLACE FUNCTION defer_job(
    task text, arguments jsonb, in_queue text DEFAULT NULL, due_at timestamptz DEFAULT NULL
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM procrastinate_defer_jobs_v1(ARRAY[
        ROW(coalesce(in_queue, task), task, 0, NULL, NULL, arguments, due_at)::procrastinate_job_to_defer_v1
    ]);
END $$;
