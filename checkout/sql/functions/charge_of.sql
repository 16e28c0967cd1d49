-- Work out what seats cost: the one place where tickets, fees and taxes become a total (amount, currency, lines).
-- Fees of a category count for each of its tickets, those of the event for each ticket or once an order; taxes are on
-- tickets and fees together, added to them, or included in them and only shown. Shares are rounded half up.
CREATE OR REPLACE FUNCTION charge_of(of_event bigint, chosen bigint[])
RETURNS jsonb LANGUAGE sql AS $$
    WITH ticket AS (
        SELECT category, categories.name, position, price, fees, count(*) AS quantity
        FROM seats JOIN seating_rows USING (row_id) JOIN categories USING (category_id)
        WHERE seat_id = ANY (chosen) GROUP BY categories.category_id
    ), net AS (
        SELECT 'ticket' AS kind, name, price * quantity AS amount, position::bigint AS rank, category, quantity
        FROM ticket
        UNION ALL
        SELECT 'fee', fee ->> 'name', fee_of(fee, price, quantity), 1000 * position + n, category, quantity
        FROM ticket CROSS JOIN jsonb_array_elements(fees) WITH ORDINALITY AS carried (fee, n)
        UNION ALL
        SELECT 'fee', fee ->> 'name', CASE fee ->> 'per'
            WHEN 'order' THEN fee_of(fee, sum(price * quantity)::bigint, 1)
            ELSE sum(fee_of(fee, price, quantity)) END::bigint, 1000000 + n, NULL, NULL
        FROM events CROSS JOIN jsonb_array_elements(events.fees) WITH ORDINALITY AS carried (fee, n) CROSS JOIN ticket
        WHERE event_id = of_event GROUP BY fee, n
    ), base AS (
        SELECT sum(amount)::bigint AS amount FROM net
    ), tax AS (
        SELECT tax, n, (tax ->> 'basis_points')::bigint AS parts, (tax ->> 'included')::boolean AS is_included
        FROM events CROSS JOIN jsonb_array_elements(taxes) WITH ORDINALITY AS carried (tax, n)
        WHERE event_id = of_event
    ), line AS (
        SELECT kind, name, amount, rank, category, quantity, NULL AS is_included FROM net
        UNION ALL
        SELECT 'tax', tax ->> 'name', share_of(base.amount, parts,
            10000 + CASE WHEN is_included THEN (SELECT sum(parts) FROM tax WHERE is_included)::bigint ELSE 0 END),
            n, NULL, NULL, is_included
        FROM tax CROSS JOIN base
    )
    SELECT jsonb_build_object(
        'currency', (SELECT currency FROM events WHERE event_id = of_event),
        'amount', sum(amount) FILTER (WHERE is_included IS NOT true),
        'lines', jsonb_agg(jsonb_strip_nulls(jsonb_build_object('kind', kind, 'name', name, 'amount', amount,
            'category', category, 'quantity', quantity, 'included', is_included))
            ORDER BY array_position(ARRAY['ticket', 'fee', 'tax'], kind), rank))
    FROM line
$$;
