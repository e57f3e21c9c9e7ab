-- See migrations/0006_schedules.sql.
SELECT number, outcomes
FROM :schema.fire_schedules(
  $1::uuid, $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::bigint[], $7::text[],
  $8::boolean[], $9::boolean[], $10::integer[], $11::timestamptz[],
  $12::uuid[], $13::bytea[], $14::text[], $15::text[], $16::text[], $17::smallint[], $18::timestamptz[],
  $19::bigint[], $20::smallint[], $21::bigint[], $22::bigint[], $23::bigint[], $24::text[],
  $25::smallint[], $26::bigint[], $27::text[], $28::text[], $29::text[])
