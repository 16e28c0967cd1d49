-- Say whether a locked hold can be paid for; the first time, let it last long enough for a payment.
CREATE OR REPLACE FUNCTION prepare_to_pay(of_hold holds)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    enough interval := (SELECT make_interval(secs => payment_seconds) FROM events WHERE event_id = of_hold.event_id);
BEGIN
    IF of_hold.state <> 'live' OR of_hold.expires_at <= clock_timestamp() THEN
        RETURN false;
    END IF;
    IF of_hold.payment_started_at IS NOT NULL THEN
        RETURN true;
    END IF;
    UPDATE holds SET payment_started_at = clock_timestamp() WHERE hold_id = of_hold.hold_id;
    RETURN lengthen_hold(of_hold.hold_id, clock_timestamp() + enough);
END $$;
