-- Deals permits out; see migrations/0005_upkeep_of_jobs.sql.
SELECT granted FROM :schema.lease_permits($1::uuid, $2::text[], $3::int[], $4::int[]) ORDER BY number
