-- Makes jobs of items; see migrations/0008_items.sql. $8: whether the parent's attempt has a limit, $9.
SELECT :schema.hand_over_items(
  $1::uuid, $2::uuid, $3::bigint, $4::bytea, $5::text, $6::text, $7::smallint,
  CASE WHEN $8::boolean THEN $9::bigint END, $10::bytea, $11::uuid[], $12::bytea[], $13::integer[],
  $14::boolean)
