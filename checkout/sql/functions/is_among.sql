-- Say whether places, each a section with or without some of its rows, name this row.
CREATE OR REPLACE FUNCTION is_among(places jsonb, of_section text, of_row text)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT EXISTS (
        SELECT FROM jsonb_array_elements(places) AS place
        WHERE place ->> 'section' = of_section AND (place ->> 'rows' IS NULL OR place -> 'rows' ? of_row)
    )
$$;
