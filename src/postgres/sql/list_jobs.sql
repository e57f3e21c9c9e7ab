-- Jobs, the newest first, from the one after $1. Filters: $2 states, $3 queue, $4 graph, $5 output type,
-- $6 tags, $7 unique key; empty ones are none. $9: those that wait and are due by then; in the year 9999: whatever.
-- $8: how many. $10: those that have items of this job; 0: those that have no other one's.
--
-- Plan: three walks down indexes of job_id, each until it has enough: live jobs, those that have
-- succeeded, and the few that have not. A filter that few jobs pass makes them read on.
WITH newest AS (
  (
    SELECT live.job_id
    FROM :schema.live AS live
    JOIN :schema.jobs AS jobs USING (job_id)
    JOIN :schema.queues AS queues ON queues.queue_id = live.queue_id
    WHERE live.job_id < $1::uuid
      AND ($2::text[] = '{}' OR CASE WHEN live.state = 's' THEN 'scheduled' WHEN live.state IN ('r', 'w') THEN 'running'
                                    ELSE 'queued' END = ANY ($2::text[]))
      AND ($3::text = '' OR queues.name = $3::text)
      AND ($4::text = '' OR jobs.graph = $4::text)
      AND ($5::text = '' OR jobs.output_type = $5::text)
      AND ($6::text[] = '{}' OR jobs.tags @> $6::text[])
      AND ($7::text = '' OR jobs.unique_key = $7::text)
      AND CASE WHEN $10::uuid = '00000000-0000-0000-0000-000000000000' THEN jobs.parent_id IS NULL
               ELSE jobs.parent_id = $10::uuid END
      AND ($9::timestamptz >= '9999-01-01' OR (live.state NOT IN ('r', 'w') AND live.run_at <= $9::timestamptz))
    ORDER BY live.job_id DESC
    LIMIT $8::bigint
  )
  UNION ALL
  (
    SELECT finished.job_id
    FROM :schema.finished AS finished
    JOIN :schema.jobs AS jobs USING (job_id)
    JOIN :schema.queues AS queues ON queues.queue_id = finished.queue_id
    WHERE finished.job_id < $1::uuid AND finished.state = 'S'
      AND ($2::text[] = '{}' OR 'succeeded' = ANY ($2::text[]))
      AND ($3::text = '' OR queues.name = $3::text)
      AND ($4::text = '' OR jobs.graph = $4::text)
      AND ($5::text = '' OR jobs.output_type = $5::text)
      AND ($6::text[] = '{}' OR jobs.tags @> $6::text[])
      AND ($7::text = '' OR jobs.unique_key = $7::text)
      AND CASE WHEN $10::uuid = '00000000-0000-0000-0000-000000000000' THEN jobs.parent_id IS NULL
               ELSE jobs.parent_id = $10::uuid END
      AND $9::timestamptz >= '9999-01-01'
    ORDER BY finished.job_id DESC
    LIMIT $8::bigint
  )
  UNION ALL
  (
    SELECT finished.job_id
    FROM :schema.finished AS finished
    JOIN :schema.jobs AS jobs USING (job_id)
    JOIN :schema.queues AS queues ON queues.queue_id = finished.queue_id
    WHERE finished.job_id < $1::uuid AND finished.state <> 'S'
      AND ($2::text[] = '{}'
           OR CASE finished.state WHEN 'F' THEN 'failed' ELSE 'cancelled' END = ANY ($2::text[]))
      AND ($3::text = '' OR queues.name = $3::text)
      AND ($4::text = '' OR jobs.graph = $4::text)
      AND ($5::text = '' OR jobs.output_type = $5::text)
      AND ($6::text[] = '{}' OR jobs.tags @> $6::text[])
      AND ($7::text = '' OR jobs.unique_key = $7::text)
      AND CASE WHEN $10::uuid = '00000000-0000-0000-0000-000000000000' THEN jobs.parent_id IS NULL
               ELSE jobs.parent_id = $10::uuid END
      AND $9::timestamptz >= '9999-01-01'
    ORDER BY finished.job_id DESC
    LIMIT $8::bigint
  )
  ORDER BY job_id DESC
  LIMIT $8::bigint
)
SELECT states.job_id, states.queue, states.graph, states.output_type, states.state, states.priority,
       states.attempt, states.max_attempts, states.crashes, states.cancel_requested, states.unique_key,
       states.concurrency_key, states.tags::text, states.metadata, states.submitted_at, states.run_at,
       states.started_at, states.finished_at, states.owner_id, states.error_code, states.error,
       states.failed_step, states.parent_id
FROM newest
CROSS JOIN LATERAL :schema.get_job(newest.job_id) AS states
ORDER BY states.job_id DESC
