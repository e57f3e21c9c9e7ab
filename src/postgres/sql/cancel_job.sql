-- See migrations/0005_upkeep_of_jobs.sql.
SELECT :schema.cancel_job($1::uuid)
