-- How many were resumed; see migrations/0007_items.sql.
SELECT :schema.resume_parents($1::uuid[], $2::boolean[])
