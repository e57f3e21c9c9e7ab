-- See migrations/0008_items.sql.
SELECT :schema.cancel_job($1::uuid)
