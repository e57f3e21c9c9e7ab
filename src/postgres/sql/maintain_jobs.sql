-- One round of upkeep; see migrations/0008_items.sql.
SELECT promoted, returned, set_aside, removed, next_due, more, hindrance, has_due_schedules
FROM :schema.maintain_jobs($1::int, $2::bigint, $3::bigint, $4::int, $5::boolean)
