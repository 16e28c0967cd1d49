-- Describe an event to its vendor.
CREATE OR REPLACE FUNCTION webhook_event(of_event events)
RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('event', of_event.event, 'name', of_event.name, 'venue', name,
        'starts_at', webhook_moment(of_event.starts_at))
    FROM venues WHERE venue_id = of_event.venue_id
$$;
