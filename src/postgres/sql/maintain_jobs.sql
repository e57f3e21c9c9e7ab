-- One round of upkeep; see migrations/0005_upkeep_of_jobs.sql.
SELECT promoted, returned, set_aside, removed, next_due, more, hindrance
FROM :schema.maintain_jobs($1::int, $2::bigint, $3::bigint, $4::int, $5::boolean)
