-- Word the refusal of what goes on sale later.
CREATE OR REPLACE FUNCTION not_on_sale_yet(on_sale_at timestamptz)
RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('outcome', 'not-on-sale-yet',
        'on_sale_at_ms', floor(extract(epoch FROM on_sale_at) * 1000))
$$;
