-- Write a moment as the contract has it: UTC with milliseconds.
CREATE OR REPLACE FUNCTION rfc3339(moment timestamptz)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT to_char(date_trunc('milliseconds', moment) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
