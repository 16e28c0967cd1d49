-- Write a time as the contracts do: RFC 3339 in UTC with milliseconds.
CREATE OR REPLACE FUNCTION webhook_moment(moment timestamptz)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
