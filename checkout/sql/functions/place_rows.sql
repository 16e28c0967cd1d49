-- Give a category of an event the rows of a seat map that these places name, with all their seats.
-- Seats are the better, the nearer they are to the middle of their row; places of general admission fill up in order.
CREATE OR REPLACE FUNCTION place_rows(of_event bigint, of_category bigint, plan jsonb, places jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    is_in_order boolean := (SELECT is_area FROM categories WHERE category_id = of_category);
BEGIN
    WITH chosen AS (
        SELECT laid.* FROM rows_of_plan(plan) AS laid WHERE is_among(places, section, row_label)
    ), placed AS (
        INSERT INTO seating_rows (event_id, category_id, section, row_label, distance, seat_count, free_seats, runs)
        SELECT of_event, of_category, section, row_label, distance, jsonb_array_length(seats), 0, 0
        FROM chosen ORDER BY distance, section, row_label RETURNING row_id, section, row_label
    ), spread AS (
        SELECT placed.row_id, distance, seat.*,
            min(place) OVER of_row + max(place) OVER of_row AS twice_the_middle
        FROM chosen JOIN placed USING (section, row_label)
        CROSS JOIN jsonb_to_recordset(seats) AS seat (name text, seat text, place integer, kind text)
        WINDOW of_row AS (PARTITION BY placed.row_id)
    )
    INSERT INTO seats (event_id, row_id, seat, number, place, kind, distance)
    SELECT of_event, row_id, name, seat, place, kind, distance + CASE WHEN is_in_order THEN place ELSE abs(2 * place - twice_the_middle) END
    FROM spread ORDER BY row_id, place;
    PERFORM count_row(row_id, clock_timestamp()) FROM seating_rows WHERE category_id = of_category;
END $$;
