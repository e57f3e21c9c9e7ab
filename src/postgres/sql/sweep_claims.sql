-- Forgets workflows that were released long ago and have no checkpoints any more. Returns how many.
-- Plan: claims_released from its old end, up to the batch; a lookup in the primary key of checkpoints
-- for each.
-- Locks: those rows, leaving out those that somebody is at.
WITH old AS MATERIALIZED (
  SELECT claims.workflow_id
  FROM :schema.claims AS claims
  WHERE claims.released_at <= now() - $1::bigint * interval '1 microsecond'
    AND NOT EXISTS (
      SELECT FROM :schema.checkpoints AS checkpoints
      WHERE checkpoints.workflow_id = claims.workflow_id)
  ORDER BY claims.released_at
  LIMIT $2::bigint
  FOR UPDATE OF claims SKIP LOCKED
), deleted AS (
  DELETE FROM :schema.claims AS claims
  USING old
  WHERE claims.workflow_id = old.workflow_id
  RETURNING claims.workflow_id
)
SELECT count(*) FROM deleted
