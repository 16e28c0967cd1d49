-- Keep an event from being cancelled or deleted until this transaction ends; many hold this lock at once.
-- It comes before the fan's session, so that who ends the event can wait for all who have it.
CREATE OR REPLACE FUNCTION lock_event(of_event bigint)
RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock_shared(hashtextextended('event ' || of_event, 0))
$$;
