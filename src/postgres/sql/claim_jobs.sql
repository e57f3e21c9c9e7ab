-- Hands jobs out; see migrations/0004_working_on_jobs.sql.
SELECT job_id, term, queue, rank, graph, output_type, encode(inputs, 'hex'), attempt, max_attempts, backoff,
       longest_backoff, timeout, is_suspect, was_begun, crashes
FROM :schema.claim_jobs($1::uuid, $2::text[], $3::int[], $4::text[]::timestamptz[], $5::uuid[],
                        $6::boolean)
