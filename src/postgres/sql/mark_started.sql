-- Notes that suspects are about to run; see migrations/0004_working_on_jobs.sql.
SELECT * FROM :schema.mark_started($1::uuid, $2::uuid[], $3::bigint[])
