-- See migrations/0007_items.sql.
SELECT :schema.cancel_job($1::uuid)
