-- Hold the best seats of a category: together, apart if need be; `patiently` waits for rows that others lock.
-- Outcomes: placed (hold), those of refuse_hold, category-missing, locked, all-in-carts (retry_after), sold-out.
CREATE OR REPLACE FUNCTION hold_best(
    for_session text, new_hold text, in_event text, in_category text, wanted integer,
    call_key text, call_fingerprint text, patiently boolean
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    refusal jsonb := refuse_hold(for_session, in_event, wanted, call_key, call_fingerprint);
    at_moment timestamptz := clock_timestamp();
    of_category categories;
    together bigint[];
    chosen bigint[];
BEGIN
    IF refusal IS NOT NULL THEN
        RETURN refusal;
    END IF;
    SELECT categories.* INTO of_category FROM categories JOIN events USING (event_id)
    WHERE event = in_event AND category = in_category;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('outcome', 'category-missing');
    END IF;
    IF patiently THEN
        PERFORM lock_category(of_category.category_id, at_moment);
    END IF;
    together := choose_together(of_category.category_id, wanted, at_moment);
    chosen := coalesce(together, choose_apart(of_category.category_id, wanted, at_moment));
    IF chosen IS NULL THEN
        RETURN explain_shortage(of_category.category_id, wanted, at_moment);
    END IF;
    RETURN take_seats(for_session, new_hold, of_category.event_id, chosen, together IS NOT NULL,
        call_key, call_fingerprint, at_moment);
END $$;
