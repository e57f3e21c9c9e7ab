-- The last executions of workflows that can be resumed, as they are logged, or as abandoned where they
-- are logged as running: their owner is dead. One that succeeded and kept its results has a claim too.
-- Plan: a range of claims by its primary key, up to the limit; executions and owners by theirs.
-- Locks: none.
SELECT executions.execution_id,
       executions.workflow_id,
       executions.owner_id,
       executions.graph,
       executions.fingerprint,
       executions.output_type,
       CASE executions.state WHEN 'running' THEN 'abandoned' ELSE executions.state END,
       executions.attempt,
       executions.term,
       executions.failed_step,
       executions.error,
       (extract(epoch FROM executions.started_at) * 1000000)::bigint,
       (extract(epoch FROM executions.ended_at) * 1000000)::bigint
FROM :schema.claims AS claims
JOIN :schema.executions AS executions ON executions.execution_id = claims.execution_id
WHERE claims.workflow_id > $1::text
  AND executions.state <> 'succeeded'
  AND (claims.released_at IS NOT NULL
       OR NOT EXISTS (
         SELECT FROM :schema.living_owners AS living WHERE living.owner_id = claims.owner_id))
ORDER BY claims.workflow_id
LIMIT $2::bigint
