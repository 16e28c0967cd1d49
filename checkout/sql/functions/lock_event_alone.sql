-- Wait for all who hold or buy seats of an event, and let nobody begin to, until this transaction ends.
CREATE OR REPLACE FUNCTION lock_event_alone(of_event bigint)
RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('event ' || of_event, 0))
$$;
