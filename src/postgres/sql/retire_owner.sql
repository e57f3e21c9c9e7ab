-- An owner that has no jobs any more: return_jobs need not read all jobs for it.
-- Plan: the primary keys.
WITH retired AS (
  UPDATE :schema.owners AS owners
  SET jobs_returned_at = now()
  WHERE owners.owner_id = $1::uuid AND owners.jobs_returned_at IS NULL
  RETURNING owners.owner_id
), unpermitted AS (
  DELETE FROM :schema.permits AS permits USING retired WHERE permits.owner_id = retired.owner_id
)
DELETE FROM :schema.sleepers AS sleepers USING retired WHERE sleepers.owner_id = retired.owner_id
