-- See migrations/0006_schedules.sql.
SELECT :schema.put_schedule($1::text, $2::text::jsonb, $3::text)
