-- See migrations/0008_items.sql.
SELECT :schema.retry_job($1::uuid)
