-- See migrations/0006_schedules.sql.
SELECT :schema.pause_schedule($1::text)
