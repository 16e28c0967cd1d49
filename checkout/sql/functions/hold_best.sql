-- Hold the best seats of a category: together, apart if need be; `patiently` waits for rows that others lock.
-- With `accessible` so many of them are accessible seats, and the others are beside.
-- Outcomes: placed (hold), those of refuse_hold, category-missing, not-on-sale-yet (on_sale_at_ms), locked,
-- all-in-carts (retry_after), sold-out.
CREATE OR REPLACE FUNCTION hold_best(
    for_session text, new_hold text, in_event text, in_category text, wanted integer,
    call_key text, call_fingerprint text, patiently boolean, accessible integer DEFAULT 0
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    refusal jsonb := refuse_hold(for_session, in_event, wanted, call_key, call_fingerprint);
    at_moment timestamptz := clock_timestamp();
    of_category categories;
    chosen choice;
BEGIN
    IF refusal IS NOT NULL THEN
        RETURN refusal;
    END IF;
    SELECT categories.* INTO of_category FROM categories JOIN events USING (event_id)
    WHERE event = in_event AND category = in_category;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('outcome', 'category-missing');
    END IF;
    IF of_category.on_sale_at > at_moment THEN
        RETURN not_on_sale_yet(of_category.on_sale_at);
    END IF;
    IF patiently THEN
        PERFORM lock_category(of_category.category_id, at_moment);
    END IF;
    IF accessible > 0 THEN
        chosen := choose_accessible(of_category.category_id, wanted, accessible, at_moment);
    ELSE
        chosen := choose_best(of_category, wanted, at_moment);
    END IF;
    IF chosen.seats IS NULL THEN
        RETURN CASE
            WHEN accessible > 0
                THEN explain_accessible_shortage(of_category.category_id, wanted, accessible, at_moment)
            ELSE explain_shortage(of_category.category_id, wanted, at_moment)
        END;
    END IF;
    RETURN take_seats(for_session, new_hold, of_category.event_id, chosen.seats,
        chosen.relaxed IS DISTINCT FROM 'split', call_key, call_fingerprint, at_moment, chosen.relaxed);
END $$;
