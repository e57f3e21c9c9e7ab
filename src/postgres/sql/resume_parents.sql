-- How many were resumed; see migrations/0008_items.sql.
SELECT :schema.resume_parents($1::uuid[], $2::boolean[], $3::bigint[], true)
