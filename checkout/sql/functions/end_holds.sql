-- End every live hold of an event, and the orders that wait for their buyers; the caller has the event alone.
-- An order that is being authorised finds its hold ended, and its authorisation is let go.
CREATE OR REPLACE FUNCTION end_holds(of_event bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    waiting text[];
    ended text[];
    freed bigint[];
BEGIN
    PERFORM lock_session(session_id) FROM (
        SELECT DISTINCT session_id FROM holds WHERE event_id = of_event AND state = 'live' ORDER BY session_id
    ) AS sessions;
    waiting := ARRAY(SELECT order_id FROM orders
        WHERE event_id = of_event AND status IN ('awaiting_payment', 'needs_action') ORDER BY order_id FOR UPDATE);
    UPDATE orders SET status = 'cancelled' WHERE order_id = ANY (waiting);
    PERFORM void_what_was_begun(order_id) FROM unnest(waiting) AS order_id;
    ended := ARRAY(SELECT hold_id FROM holds
        WHERE event_id = of_event AND state = 'live' ORDER BY hold_id FOR UPDATE);
    UPDATE holds SET state = 'released' WHERE hold_id = ANY (ended);
    freed := ARRAY(SELECT seat_id FROM seats WHERE event_id = of_event AND hold_id = ANY (ended) AND NOT is_sold);
    PERFORM lock_rows(freed);
    UPDATE seats SET hold_id = NULL, held_until = NULL WHERE seat_id = ANY (freed) AND NOT is_sold;
    PERFORM count_row(row_id, clock_timestamp()) FROM (
        SELECT DISTINCT row_id FROM seats WHERE seat_id = ANY (freed)
    ) AS touched;
    INSERT INTO ledger (event_id, what, hold_id)
    SELECT of_event, 'hold ended, event cancelled', hold_id FROM unnest(ended) AS hold_id;
END $$;
