-- Withdraw seats of an event from sale, put them back, or change their kind; all or nothing, and only free ones.
-- Outcomes: changed, seats-unknown (seats), seats-unavailable (seats, reason).
CREATE OR REPLACE FUNCTION change_seats(of_event bigint, labels text[], to_blocked boolean, to_kind text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    chosen bigint[];
    found_seats text[];
    taken jsonb;
BEGIN
    SELECT array_agg(seat_id), array_agg(seat) INTO chosen, found_seats
    FROM seats WHERE event_id = of_event AND seat = ANY (labels);
    IF NOT labels <@ coalesce(found_seats, '{}') THEN
        RETURN jsonb_build_object('outcome', 'seats-unknown', 'seats',
            (SELECT jsonb_agg(seat) FROM unnest(labels) AS seat WHERE seat <> ALL (coalesce(found_seats, '{}'))));
    END IF;
    PERFORM lock_rows(chosen);
    SELECT jsonb_agg(seat ORDER BY seat_id) INTO taken FROM seats
    WHERE seat_id = ANY (chosen) AND (is_sold OR held_until > clock_timestamp());
    IF taken IS NOT NULL THEN
        RETURN jsonb_build_object('outcome', 'seats-unavailable', 'seats', taken, 'reason', 'held');
    END IF;
    UPDATE seats SET is_blocked = coalesce(to_blocked, is_blocked), kind = coalesce(to_kind, kind),
        hold_id = NULL, held_until = NULL
    WHERE seat_id = ANY (chosen);
    PERFORM count_row(row_id, clock_timestamp()) FROM (
        SELECT DISTINCT row_id FROM seats WHERE seat_id = ANY (chosen)
    ) AS touched;
    INSERT INTO ledger (event_id, what, detail) VALUES (of_event, 'seats changed',
        jsonb_build_object('seats', to_jsonb(labels), 'blocked', to_blocked, 'kind', to_kind));
    RETURN jsonb_build_object('outcome', 'changed');
END $$;
