-- Each statement is a rule, and finds those who break it: `which` they are, and the `event` they belong to.

-- name: a_seat_has_two_live_tickets
SELECT seat AS which, event FROM tickets JOIN seats USING (seat_id) JOIN events ON events.event_id = seats.event_id
WHERE is_live GROUP BY seat_id, seat, event HAVING count(*) > 1;

-- name: a_seat_is_sold_without_a_ticket_or_has_one_and_is_not_sold
SELECT seat AS which, event FROM seats JOIN events USING (event_id) WHERE is_sold <> EXISTS (
    SELECT FROM tickets WHERE tickets.seat_id = seats.seat_id AND is_live);

-- name: a_guaranteed_order_lacks_a_ticket_or_an_ended_one_has_one
SELECT order_id AS which, event FROM orders JOIN events USING (event_id) WHERE (
    SELECT count(*) FROM tickets WHERE tickets.order_id = orders.order_id AND is_live
) <> CASE WHEN status NOT IN ('secured', 'paid', 'partly_refunded') THEN 0 ELSE (
    SELECT count(*) FROM order_lines WHERE order_lines.order_id = orders.order_id AND NOT EXISTS (
        SELECT FROM refund_lines JOIN refunds USING (refund_id) WHERE refund_lines.order_id = orders.order_id
            AND refund_lines.line = order_lines.line AND refunds.status = 'refunded'))
END;

-- name: a_paid_order_has_a_ticket_without_a_proof
SELECT order_id AS which, event FROM tickets JOIN orders USING (order_id)
JOIN events ON events.event_id = orders.event_id
WHERE status IN ('paid', 'partly_refunded') AND is_live AND proof IS NULL;

-- name: a_paid_order_is_not_paid_for_once_and_in_full
SELECT order_id AS which, event FROM orders JOIN events USING (event_id)
WHERE status IN ('paid', 'partly_refunded', 'refunded') AND orders.amount IS DISTINCT FROM (
    SELECT sum(payments.amount) FROM payments WHERE payments.order_id = orders.order_id
        AND payments.status = 'captured');

-- name: money_was_taken_for_an_order_that_is_not_paid
SELECT payment_id AS which, event FROM payments JOIN orders USING (order_id) JOIN events USING (event_id)
WHERE payments.status = 'captured' AND orders.status NOT IN ('paid', 'partly_refunded', 'refunded');

-- name: money_stays_reserved_for_an_order_that_has_ended
SELECT payment_id AS which, event FROM payments JOIN orders USING (order_id) JOIN events USING (event_id)
WHERE payments.status IN ('authorised', 'needs_action') AND orders.status IN ('cancelled', 'expired', 'voided')
    AND NOT EXISTS (SELECT FROM payment_attempts WHERE payment_attempts.payment_id = payments.payment_id
        AND step = 'void' AND outcome IS NULL);

-- name: a_refunded_order_has_not_had_all_its_money_back_or_another_too_much
SELECT order_id AS which, event FROM orders JOIN events USING (event_id) CROSS JOIN LATERAL (
    SELECT coalesce(sum(refunds.amount), 0) AS given_back FROM refunds
    WHERE refunds.order_id = orders.order_id AND refunds.status = 'refunded'
) AS back WHERE given_back > amount OR (status = 'refunded' AND given_back <> amount)
    OR (status <> 'refunded' AND given_back = amount AND amount > 0);

-- name: the_ledgers_last_word_on_an_order_is_another
SELECT order_id AS which, event FROM orders JOIN events USING (event_id) WHERE 'order ' || status IS DISTINCT FROM (
    SELECT what FROM ledger WHERE ledger.order_id = orders.order_id AND what LIKE 'order %%'
    ORDER BY entry_id DESC LIMIT 1);

-- name: the_ledgers_last_word_on_a_payment_is_another
SELECT payment_id AS which, event FROM payments JOIN orders USING (order_id) JOIN events USING (event_id)
WHERE 'payment ' || payments.status IS DISTINCT FROM (
    SELECT what FROM ledger WHERE ledger.order_id = payments.order_id AND ledger.payment_id = payments.payment_id
        AND what LIKE 'payment %%' ORDER BY entry_id DESC LIMIT 1);

-- name: the_ledger_names_an_order_that_there_is_not
SELECT order_id AS which, event FROM ledger JOIN events USING (event_id)
WHERE order_id IS NOT NULL AND NOT EXISTS (SELECT FROM orders WHERE orders.order_id = ledger.order_id);

-- name: an_order_skipped_a_step
SELECT order_id AS which, event FROM (
    SELECT order_id, event_id, substr(what, 7) AS status,
        lag(substr(what, 7)) OVER (PARTITION BY order_id ORDER BY entry_id) AS before
    FROM ledger WHERE what LIKE 'order %%'
) AS steps JOIN events USING (event_id)
WHERE before IS NOT NULL AND NOT EXISTS (
    SELECT FROM order_transitions WHERE from_status = before AND to_status = steps.status);

-- name: the_seats_that_the_ledger_sold_are_not_those_that_are_sold
WITH sold AS (
    SELECT ledger.event_id, seat ->> 'seat' AS seat FROM ledger JOIN (
        SELECT DISTINCT ON (order_id) hold_id, what FROM ledger
        WHERE order_id IS NOT NULL AND what LIKE 'order %%' ORDER BY order_id, entry_id DESC
    ) AS last USING (hold_id), jsonb_array_elements(ledger.detail -> 'seats') AS seat
    WHERE ledger.what = 'hold placed'
        AND last.what IN ('order secured', 'order paid', 'order partly_refunded', 'order refunded')
), freed AS (
    SELECT event_id, seat FROM ledger, jsonb_array_elements_text(detail -> 'seats') AS seat
    WHERE what = 'seats freed, refunded'
), by_ledger AS (
    SELECT * FROM sold EXCEPT ALL SELECT * FROM freed
), by_seats AS (
    SELECT event_id, seat FROM seats WHERE is_sold
)
SELECT seat AS which, event FROM (
    (SELECT * FROM by_ledger EXCEPT ALL SELECT * FROM by_seats)
    UNION ALL (SELECT * FROM by_seats EXCEPT ALL SELECT * FROM by_ledger)
) AS differing JOIN events USING (event_id);

-- name: a_rows_summary_is_not_what_its_seats_are
SELECT section || ' ' || row_label AS which, event FROM seating_rows JOIN events USING (event_id)
WHERE sold_seats <> (SELECT count(*) FROM seats WHERE seats.row_id = seating_rows.row_id AND is_sold);
