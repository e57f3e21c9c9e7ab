-- See migrations/0008_items.sql.
SELECT step, total, done, failed, running FROM :schema.find_progress($1::uuid)
