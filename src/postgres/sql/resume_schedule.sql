-- See migrations/0006_schedules.sql.
SELECT :schema.resume_schedule($1::text)
