-- Ends an owner's lease for good.
-- Plan: the primary key.
-- Locks: the owner's row.
UPDATE :schema.owners
SET declared_dead_at = now()
WHERE owner_id = $1::uuid AND declared_dead_at IS NULL
