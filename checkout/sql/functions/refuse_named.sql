-- Say what is against holding these seats by name, whoever has them; null: nothing.
-- Kept seats are for a group that needs them: it says how many accessible ones, and takes at least one.
-- Outcomes: not-on-sale-yet (on_sale_at_ms), accessible-only (seats).
CREATE OR REPLACE FUNCTION refuse_named(wanted bigint[], accessible integer, at_moment timestamptz)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    latest timestamptz;
    needed bigint;
    kept jsonb;
BEGIN
    SELECT max(on_sale_at), count(*) FILTER (WHERE kind = 'accessible'),
        jsonb_agg(seat ORDER BY seat_id) FILTER (WHERE kind <> 'standard')
    INTO latest, needed, kept
    FROM seats JOIN seating_rows USING (row_id) JOIN categories USING (category_id) WHERE seat_id = ANY (wanted);
    IF latest > at_moment THEN
        RETURN not_on_sale_yet(latest);
    END IF;
    IF kept IS NOT NULL AND needed NOT BETWEEN 1 AND accessible THEN
        RETURN jsonb_build_object('outcome', 'accessible-only', 'seats', kept);
    END IF;
    RETURN NULL;
END $$;
