-- See migrations/0006_schedules.sql.
SELECT :schema.remove_schedule($1::text)
