-- Put a job into the outbox: it is run by a worker if, and only if, this transaction commits.
CREATE OR REPLACE FUNCTION defer_job(task text, arguments jsonb, in_queue text DEFAULT 'default')
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM procrastinate_defer_jobs_v1(ARRAY[
        ROW(in_queue, task, 0, NULL, NULL, arguments, NULL)::procrastinate_job_to_defer_v1
    ]);
END $$;
