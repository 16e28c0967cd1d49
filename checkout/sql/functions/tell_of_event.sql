-- Let everybody who has seats of an event be told of it: by a job, since they may be many.
CREATE OR REPLACE FUNCTION tell_of_event(of_event bigint, of_kind text, with_detail jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM defer_job('tell_event', jsonb_build_object('event_id', of_event, 'kind', of_kind,
        'occurrence', of_kind || ' ' || clock_timestamp(), 'detail', with_detail));
END $$;
