-- See migrations/0007_items.sql.
SELECT :schema.cancel_batches($1::uuid[])
