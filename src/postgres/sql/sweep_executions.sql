-- Deletes from the log what ended long ago. Returns how many.
-- Plan: executions_by_age from its old end, up to the batch; what has been running for as long is
-- passed over.
-- Locks: those rows. An execution that can still be resumed stays, however old: Resumable reads it.
WITH old AS MATERIALIZED (
  SELECT executions.execution_id
  FROM :schema.executions AS executions
  WHERE executions.created_at <= now() - $1::bigint * interval '1 microsecond'
    AND executions.closed_at <= now() - $1::bigint * interval '1 microsecond'
    AND NOT EXISTS (
      SELECT FROM :schema.claims AS claims
      WHERE claims.workflow_id = executions.workflow_id
        AND claims.execution_id = executions.execution_id)
  ORDER BY executions.created_at
  LIMIT $2::bigint
  FOR UPDATE OF executions SKIP LOCKED
), deleted AS (
  DELETE FROM :schema.executions AS executions
  USING old
  WHERE executions.execution_id = old.execution_id
  RETURNING executions.execution_id
)
SELECT count(*) FROM deleted
