-- Ends executions that succeeded: logs it and removes the workflow's checkpoints, and its claim. Where
-- results of executions are kept, the claim is released and not removed: cleaning up finds them by it.
-- Returns the position in the arrays, from 1, of those that had their workflow or had ended so before.
--
-- The arrays are sorted by workflow_id, each at most once.
-- Plan: lookups by the primary keys of claims, checkpoints (a range for each workflow) and executions.
-- Locks: those rows, claims in their order.
WITH given AS (
  SELECT *
  FROM unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::boolean[])
    WITH ORDINALITY AS given (workflow_id, execution_id, ended_at, keeps_results, position)
), held AS MATERIALIZED (
  SELECT given.*
  FROM given
  JOIN :schema.claims AS claims
    ON claims.workflow_id = given.workflow_id
    AND claims.execution_id = given.execution_id
    AND claims.released_at IS NULL
  ORDER BY given.position
  FOR UPDATE OF claims
), given_back AS (
  DELETE FROM :schema.claims AS claims
  USING held
  WHERE claims.workflow_id = held.workflow_id AND NOT held.keeps_results
), released AS (
  UPDATE :schema.claims AS claims
  SET released_at = now()
  FROM held
  WHERE claims.workflow_id = held.workflow_id AND held.keeps_results
), removed AS (
  DELETE FROM :schema.checkpoints AS checkpoints
  USING held
  WHERE checkpoints.workflow_id = held.workflow_id
    AND NOT (held.keeps_results AND checkpoints.step = '')
), logged AS (
  UPDATE :schema.executions AS executions
  SET state = 'succeeded', ended_at = held.ended_at, closed_at = now()
  FROM held
  WHERE executions.execution_id = held.execution_id
)
SELECT position FROM held
UNION
SELECT given.position
FROM given
JOIN :schema.executions AS before
  ON before.execution_id = given.execution_id AND before.state = 'succeeded'
