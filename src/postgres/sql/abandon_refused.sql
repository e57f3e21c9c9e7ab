-- Logs executions that lost their workflow, and do not know it yet, as abandoned.
-- Plan: the primary key of executions.
-- Locks: those rows.
UPDATE :schema.executions AS executions
SET state = 'abandoned', ended_at = now(), closed_at = now()
WHERE executions.execution_id = ANY ($1::uuid[])
  AND executions.state = 'running'
  AND NOT EXISTS (
    SELECT
    FROM :schema.claims AS claims
    WHERE claims.workflow_id = executions.workflow_id
      AND claims.execution_id = executions.execution_id
      AND claims.released_at IS NULL)
