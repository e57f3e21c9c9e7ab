-- Locks the claims that look as if they could be taken over, so that claim_held.sql, a statement that
-- begins later and so sees everything that was committed before the lock was granted, can judge them.
-- Plan: the primary key of claims, a lookup for each workflow.
-- Locks: those rows of claims, in their order.
SELECT claims.workflow_id
FROM :schema.claims AS claims
WHERE claims.workflow_id = ANY ($1::text[])
  AND (claims.released_at IS NOT NULL
       OR NOT EXISTS (
         SELECT FROM :schema.living_owners AS living WHERE living.owner_id = claims.owner_id))
ORDER BY claims.workflow_id
FOR UPDATE OF claims
