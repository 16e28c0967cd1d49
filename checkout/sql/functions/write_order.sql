-- Write the rows of a new order from those of its hold: from here on nothing depends on today's prices.
CREATE OR REPLACE FUNCTION write_order(new_order text, new_secret text, of_hold holds)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO orders (order_id, secret, event_id, session_id, hold_id, email, amount, currency, lines)
    VALUES (new_order, new_secret, of_hold.event_id, of_hold.session_id, of_hold.hold_id, '',
        of_hold.amount, of_hold.currency, of_hold.lines);

    INSERT INTO order_lines (order_id, line, seat_id, category_id, amount)
    SELECT new_order, row_number() OVER (ORDER BY row_id, place), seat_id, category_id, price
    FROM hold_seats JOIN seats USING (seat_id) WHERE hold_seats.hold_id = of_hold.hold_id
$$;
