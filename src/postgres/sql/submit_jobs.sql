-- Submits jobs; see migrations/0003_submitting_jobs.sql.
SELECT job_id, is_new
FROM :schema.submit_jobs(
  $1::uuid[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::timestamptz[],
  $8::bigint[], $9::smallint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[],
  $14::smallint[], $15::bigint[], $16::text[], $17::text[], $18::text[], $19::boolean)
ORDER BY number
