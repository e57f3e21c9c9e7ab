-- See migrations/0006_schedules.sql.
SELECT next_due, has_due_schedules FROM :schema.find_next_due()
