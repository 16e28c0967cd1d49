-- Describe a notice and the order that it is about.
CREATE OR REPLACE FUNCTION notice_document(of_notice bigint)
RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('notice_id', notice_id, 'kind', kind, 'detail', detail, 'state', notices.state,
        'order', order_document(order_id), 'locale', locale)
    FROM notices JOIN orders USING (order_id) WHERE notice_id = of_notice
$$;
