-- Deletes owners that died long ago; those that have jobs stay until these were given back. Returns how
-- many.
-- Plan: reads owners, of which there are few, and `live` for each whose jobs nobody has looked after yet.
-- Locks: those rows, leaving out those that somebody is at.
WITH old AS MATERIALIZED (
  SELECT owner_id
  FROM :schema.owners
  WHERE COALESCE(declared_dead_at, lease_until) <= now() - $1::bigint * interval '1 microsecond'
    AND (declared_dead_at IS NOT NULL OR lease_until <= now())
    AND (jobs_returned_at IS NOT NULL
         OR NOT EXISTS (SELECT FROM :schema.live AS live
                        WHERE live.state = 'r' AND live.owner_id = owners.owner_id))
  LIMIT $2::bigint
  FOR UPDATE SKIP LOCKED
), deleted AS (
  DELETE FROM :schema.owners AS owners
  USING old
  WHERE owners.owner_id = old.owner_id
  RETURNING owners.owner_id
)
SELECT count(*) FROM deleted
