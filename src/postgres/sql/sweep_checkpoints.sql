-- Deletes checkpoints of workflows that were released long ago. Returns how many.
-- Plan: claims_released from its old end, up to the batch; a range of the primary key of checkpoints
-- for each workflow, up to the batch.
-- Locks: the rows of claims, so that none of the workflows starts meanwhile, leaving out those that
-- somebody is at; the rows of checkpoints.
WITH old AS MATERIALIZED (
  SELECT workflow_id
  FROM :schema.claims
  WHERE released_at <= now() - $1::bigint * interval '1 microsecond'
  ORDER BY released_at
  LIMIT $2::bigint
  FOR UPDATE SKIP LOCKED
), doomed AS MATERIALIZED (
  SELECT checkpoints.workflow_id, checkpoints.output_type, checkpoints.input_hash
  FROM old
  JOIN :schema.checkpoints AS checkpoints USING (workflow_id)
  LIMIT $2::bigint
), deleted AS (
  DELETE FROM :schema.checkpoints AS checkpoints
  USING doomed
  WHERE (checkpoints.workflow_id, checkpoints.output_type, checkpoints.input_hash)
    = (doomed.workflow_id, doomed.output_type, doomed.input_hash)
  RETURNING checkpoints.workflow_id
)
SELECT count(*) FROM deleted
