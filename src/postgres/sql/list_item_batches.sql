-- See migrations/0008_items.sql.
SELECT job_id, attempt, items, is_open, encode(results, 'hex'), error_code, error
FROM :schema.list_item_batches($1::uuid, $2::bytea, $3::uuid, $4::int)
