-- Releases claims of dead owners and logs their executions as abandoned. Returns how many.
-- Plan: reads claims, which has rows of unfinished workflows only, up to the batch.
-- Locks: those rows of claims. One that somebody else is at is left for the next time.
WITH dead AS MATERIALIZED (
  SELECT claims.workflow_id, claims.execution_id
  FROM :schema.claims AS claims
  WHERE claims.released_at IS NULL
    AND NOT EXISTS (
      SELECT FROM :schema.living_owners AS living WHERE living.owner_id = claims.owner_id)
  ORDER BY claims.workflow_id
  LIMIT $1::bigint
  FOR UPDATE OF claims SKIP LOCKED
), released AS (
  UPDATE :schema.claims AS claims
  SET released_at = now()
  FROM dead
  WHERE claims.workflow_id = dead.workflow_id
  RETURNING claims.workflow_id
), logged AS (
  UPDATE :schema.executions AS executions
  SET state = 'abandoned', ended_at = now(), closed_at = now()
  FROM dead
  WHERE executions.execution_id = dead.execution_id AND executions.state = 'running'
)
SELECT count(*) FROM released
