-- Put the jobs of workers that have died back, the later the oftener that happened; return how many.
-- One that has been tried too often, and may be what kills the workers, fails for good.
CREATE OR REPLACE FUNCTION take_up_jobs(silent_seconds float, most_tries integer)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    taken integer;
BEGIN
    -- One at a time: another would put back what has been fetched anew since its first look.
    IF NOT pg_try_advisory_xact_lock(hashtext('take_up_jobs')) THEN
        RETURN 0;
    END IF;
    -- The worker's row goes, and with it the mark that its jobs are under way: theirs is null from here on.
    DELETE FROM procrastinate_workers WHERE last_heartbeat < clock_timestamp() - make_interval(secs => silent_seconds);
    UPDATE procrastinate_jobs
    SET status = (CASE WHEN attempts + 1 >= most_tries THEN 'failed' ELSE 'todo' END)::procrastinate_job_status,
        scheduled_at = clock_timestamp() + make_interval(secs => least(3600, 10 * (2 ^ attempts - 1))),
        attempts = attempts + 1, abort_requested = false
    WHERE status = 'doing' AND worker_id IS NULL;
    GET DIAGNOSTICS taken = ROW_COUNT;
    RETURN taken;
END $$;
