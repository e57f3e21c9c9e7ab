-- See migrations/0007_items.sql.
SELECT :schema.retry_job($1::uuid)
