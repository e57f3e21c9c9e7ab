-- The jobs of a claim whose answer was lost; see migrations/0004_working_on_jobs.sql.
SELECT job_id, term, queue, rank, graph, output_type, encode(inputs, 'hex'), attempt, max_attempts, backoff,
       longest_backoff, timeout, is_suspect, was_begun, crashes
FROM :schema.recover_claims($1::uuid, $2::bigint)
