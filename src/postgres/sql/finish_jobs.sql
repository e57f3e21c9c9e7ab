-- What has become of jobs; see migrations/0004_working_on_jobs.sql and 0008_items.sql.
SELECT *
FROM :schema.finish_jobs($1::uuid, $2::uuid[], $3::bigint[], $4::text[], $5::bytea[], $6::smallint[],
                         $7::text[], $8::text[], $9::bigint[])
