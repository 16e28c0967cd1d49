-- name: take
SELECT take_event(%(provider)s, %(event_id)s, %(kind)s, %(payment_id)s, %(reference)s, %(consequence)s,
    %(given_back)s, %(detail)s);
