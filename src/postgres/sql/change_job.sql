-- See migrations/0008_items.sql. $2, $4, $6: whether that is changed at all.
SELECT :schema.change_job(
  $1::uuid, CASE WHEN $2::boolean THEN $3::timestamptz END, CASE WHEN $4::boolean THEN $5::smallint END,
  CASE WHEN $6::boolean THEN $7::bytea END)
