-- Ends executions that failed: logs it and releases the workflow's claim; its checkpoints stay. Returns
-- the position in the arrays, from 1, of those that had their workflow or had ended so before.
--
-- The arrays are sorted by workflow_id, each at most once.
-- Plan: lookups by the primary keys of claims and executions.
-- Locks: those rows, claims in their order.
WITH given AS (
  SELECT *
  FROM unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[])
    WITH ORDINALITY AS given (workflow_id, execution_id, ended_at, failed_step, error, position)
), held AS MATERIALIZED (
  SELECT given.*
  FROM given
  JOIN :schema.claims AS claims
    ON claims.workflow_id = given.workflow_id
    AND claims.execution_id = given.execution_id
    AND claims.released_at IS NULL
  ORDER BY given.position
  FOR UPDATE OF claims
), released AS (
  UPDATE :schema.claims AS claims
  SET released_at = now()
  FROM held
  WHERE claims.workflow_id = held.workflow_id
), logged AS (
  UPDATE :schema.executions AS executions
  SET state = 'failed',
      ended_at = held.ended_at,
      closed_at = now(),
      failed_step = held.failed_step,
      error = held.error
  FROM held
  WHERE executions.execution_id = held.execution_id
)
SELECT position FROM held
UNION
SELECT given.position
FROM given
JOIN :schema.executions AS before
  ON before.execution_id = given.execution_id AND before.state = 'failed'
