-- Lay a seat map out in rows. An area of general admission becomes blocks of fifty places: a block is what a hold
-- locks, so that no single row is at the heart of a rush.
CREATE OR REPLACE FUNCTION rows_of_plan(plan jsonb)
RETURNS TABLE (section text, row_label text, distance integer, seats jsonb) LANGUAGE sql IMMUTABLE AS $$
    SELECT part ->> 'section', line ->> 'row', (line ->> 'distance')::integer, (
        SELECT jsonb_agg(seat || jsonb_build_object('name',
            (part ->> 'section') || '-' || (line ->> 'row') || '-' || (seat ->> 'seat')))
        FROM jsonb_array_elements(line -> 'seats') AS seat)
    FROM jsonb_array_elements(plan -> 'sections') AS part CROSS JOIN jsonb_array_elements(part -> 'rows') AS line
    UNION ALL
    SELECT area ->> 'area', 'GA ' || block, (area ->> 'distance')::integer, (
        SELECT jsonb_agg(jsonb_build_object('seat', n, 'place', n, 'kind', 'standard',
            'name', (area ->> 'area') || '-GA-' || lpad(n::text, 6, '0')))
        FROM generate_series(50 * block - 49, least(50 * block, (area ->> 'capacity')::integer)) AS n)
    FROM jsonb_array_elements(plan -> 'areas') AS area
    CROSS JOIN generate_series(1, ((area ->> 'capacity')::integer + 49) / 50) AS block
$$;
