-- See migrations/0008_items.sql.
SELECT :schema.cancel_batches($1::uuid[], $2::bigint[], true)
