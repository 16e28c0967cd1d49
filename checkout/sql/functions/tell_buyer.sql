-- Let a buyer be told something, once an occurrence; return the notice's id, or null when that is under way already.
CREATE OR REPLACE FUNCTION tell_buyer(
    of_order text, of_kind text, for_occurrence text, with_detail jsonb DEFAULT '{}', wait_seconds integer DEFAULT 0
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    told bigint;
BEGIN
    INSERT INTO notices (order_id, kind, occurrence, detail)
    VALUES (of_order, of_kind, for_occurrence, with_detail)
    ON CONFLICT (order_id, kind, occurrence) DO NOTHING RETURNING notice_id INTO told;
    IF told IS NOT NULL THEN
        PERFORM defer_job('send_notice', jsonb_build_object('notice_id', told),
            due_at => CASE WHEN wait_seconds > 0 THEN clock_timestamp() + make_interval(secs => wait_seconds) END);
    END IF;
    RETURN told;
END $$;
