-- Say whether a fan has been inside for so long that no new hold begins: holding and releasing in turn must not keep
-- a slot, and seats, for ever.
CREATE OR REPLACE FUNCTION is_visit_over(of_session text, at_event events)
RETURNS boolean LANGUAGE sql AS $$
    SELECT opened_at + make_interval(secs => at_event.longest_visit_seconds) <= clock_timestamp()
    FROM sessions WHERE session_id = of_session
$$;
