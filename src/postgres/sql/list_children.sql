-- As list_jobs.sql, of the job $10 and as long as its batches are there; a row of nothing where none of them is
-- listed. No row: it has no batches, or not any more.
--
-- Plan: its batches by their index, and each one's job, the newest first, until there are enough.
SELECT states.job_id, states.queue, states.graph, states.output_type, states.state, states.priority,
       states.attempt, states.max_attempts, states.crashes, states.cancel_requested, states.unique_key,
       states.concurrency_key, states.tags::text, states.metadata, states.submitted_at, states.run_at,
       states.started_at, states.finished_at, states.owner_id, states.error_code, states.error,
       states.failed_step, states.parent_id
FROM (SELECT WHERE EXISTS (SELECT FROM :schema.item_batches AS any_batch
                           WHERE any_batch.parent_id = $10::uuid)) AS known
LEFT JOIN LATERAL (
  SELECT states.*
  FROM (
    SELECT batches.job_id FROM :schema.item_batches AS batches
    WHERE batches.parent_id = $10::uuid AND batches.job_id < $1::uuid
    ORDER BY batches.job_id DESC
    -- Kept as it is, so that jobs are looked up in this order and no more of them than are listed.
    OFFSET 0
  ) AS newest
  CROSS JOIN LATERAL :schema.get_job(newest.job_id) AS states
  WHERE ($2::text[] = '{}' OR states.state = ANY ($2::text[]))
    AND ($3::text = '' OR states.queue = $3::text)
    AND ($4::text = '' OR states.graph = $4::text)
    AND ($5::text = '' OR states.output_type = $5::text)
    AND ($6::text[] = '{}' OR states.tags::text[] @> $6::text[])
    AND ($7::text = '' OR states.unique_key = $7::text)
    AND ($9::timestamptz >= '9999-01-01' OR states.run_at <= :schema.micros_of($9::timestamptz))
  ORDER BY newest.job_id DESC
  LIMIT $8::bigint
) AS states ON true
ORDER BY states.job_id DESC
