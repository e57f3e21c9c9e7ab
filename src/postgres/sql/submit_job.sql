-- Submits one job without keys to a queue that is there and takes jobs in: what submit_jobs does, at half its
-- price. No row: it is not there, or draining, and nothing was done.
--
-- Plan: the queue by its name; an insert into each table; a look whether somebody sleeps.
WITH queue AS MATERIALIZED (
  SELECT queues.queue_id,
         GREATEST(now() + $7::bigint * interval '1 microsecond', $6::timestamptz) AS due_at
  FROM :schema.queues AS queues
  WHERE queues.name = $3::text AND queues.mode <> 'draining'
), asked AS (
  INSERT INTO :schema.jobs (job_id, backoff, longest_backoff, timeout, queue_id, priority, max_attempts,
                            graph, output_type, inputs, tags, metadata)
  SELECT $1::uuid, $9::bigint, $10::bigint, NULLIF($11::bigint, -1), queue.queue_id, $12::smallint,
         $8::smallint, $4::text, $5::text, $2::bytea, NULLIF($13::text, '')::text[],
         NULLIF($14::text, '')::jsonb
  FROM queue
), waits AS (
  INSERT INTO :schema.live (job_id, run_at, rank, queue_id, state)
  SELECT $1::uuid, queue.due_at, queue.due_at - $12::smallint * interval '1 hour', queue.queue_id,
         CASE WHEN queue.due_at > now() THEN 's' ELSE 'q' END::"char"
  FROM queue
), counted AS (
  INSERT INTO :schema.queue_changes (queue_id, scheduled, queued)
  SELECT queue.queue_id, (queue.due_at > now())::integer, (queue.due_at <= now())::integer
  FROM queue
)
SELECT CASE WHEN EXISTS (SELECT FROM :schema.sleepers AS sleepers
                         WHERE sleepers.queue_id = queue.queue_id)
            THEN :schema.wake_sleepers(ARRAY[queue.queue_id], 1)::text END
FROM queue
