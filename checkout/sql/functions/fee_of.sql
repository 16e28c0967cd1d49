-- What a fee is for so many things of one price: an amount each, or basis points of the price, rounded each.
CREATE OR REPLACE FUNCTION fee_of(fee jsonb, price bigint, quantity bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT quantity * coalesce((fee ->> 'amount')::bigint, share_of(price, (fee ->> 'basis_points')::bigint, 10000))
$$;
