-- Turn the seats of an order's hold, whose rows are locked, into sold ones with a ticket each.
CREATE OR REPLACE FUNCTION sell_seats(of_order orders)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE holds SET state = 'secured' WHERE hold_id = of_order.hold_id;
    UPDATE seats SET is_sold = true, held_until = NULL FROM order_lines
    WHERE order_lines.order_id = of_order.order_id AND seats.seat_id = order_lines.seat_id;
    INSERT INTO tickets (ticket_id, order_id, line, event_id, seat_id)
    SELECT 'ticket_' || replace(gen_random_uuid()::text, '-', ''), order_id, line, of_order.event_id, seat_id
    FROM order_lines WHERE order_id = of_order.order_id;
    PERFORM count_row(row_id, clock_timestamp()) FROM (
        SELECT DISTINCT row_id FROM order_lines JOIN seats USING (seat_id) WHERE order_id = of_order.order_id
    ) AS touched;
END $$;
