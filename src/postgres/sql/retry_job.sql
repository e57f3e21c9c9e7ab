-- See migrations/0005_upkeep_of_jobs.sql.
SELECT :schema.retry_job($1::uuid)
