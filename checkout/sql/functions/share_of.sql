-- So many parts of a whole of an amount, rounded half up; all are at least zero.
CREATE OR REPLACE FUNCTION share_of(amount bigint, parts bigint, whole bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT (2 * amount * parts + whole) / (2 * whole)
$$;
