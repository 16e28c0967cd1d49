-- Describe an event to its vendor, with its categories and what was sold of each.
CREATE OR REPLACE FUNCTION event_document(of_event bigint)
RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN event_terms(of_event) || jsonb_build_object('categories', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'category', category, 'name', name, 'price', price, 'on_sale_at', rfc3339(on_sale_at), 'fees', fees,
            'area', is_area, 'seats', seats, 'unsold', unsold, 'sold', sold, 'places', places) ORDER BY position), '[]')
        FROM categories CROSS JOIN LATERAL (
            SELECT coalesce(sum(seats), 0) AS seats, coalesce(sum(unsold), 0) AS unsold, coalesce(sum(sold), 0) AS sold,
                coalesce(jsonb_agg(jsonb_build_object('section', section) || CASE WHEN is_area THEN '{}'
                    ELSE jsonb_build_object('rows', its_rows) END ORDER BY length(section), section), '[]') AS places
            FROM (
                SELECT section, sum(seat_count) AS seats, sum(unsold_seats + kept_unsold) AS unsold,
                    sum(sold_seats) AS sold, jsonb_agg(row_label ORDER BY row_id) AS its_rows
                FROM seating_rows WHERE seating_rows.category_id = categories.category_id GROUP BY section
            ) AS sections
        ) AS counted
        WHERE categories.event_id = of_event
    ));
END $$;
