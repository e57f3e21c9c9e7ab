-- See migrations/0008_items.sql.
SELECT job_id, queue, graph, output_type, state, priority, attempt, max_attempts, crashes,
       cancel_requested, unique_key, concurrency_key, tags, metadata, submitted_at, run_at, started_at,
       finished_at, owner_id, error_code, error, failed_step, parent_id, encode(inputs, 'hex'),
       encode(result, 'hex')
FROM :schema.get_job($1::uuid)
