-- name: lock_event
SELECT FROM events WHERE event_id = %(event_id)s FOR SHARE;

-- name: of_event
SELECT ticket_id, order_id, event, floor(extract(epoch FROM starts_at) * 1000)::bigint AS starts_at_ms, seat
FROM tickets JOIN seats USING (seat_id) JOIN events ON events.event_id = tickets.event_id
WHERE tickets.event_id = %(event_id)s AND ticket_id > %(after)s AND is_live AND proof IS NOT NULL
ORDER BY ticket_id LIMIT %(most)s;

-- name: write
UPDATE tickets SET proof = signed.proof, issued_at = clock_timestamp()
FROM unnest(%(tickets)s::text[], %(proofs)s::text[]) AS signed (ticket_id, proof)
WHERE tickets.ticket_id = signed.ticket_id;
