-- A heartbeat. Returns a row where the owner is registered and was not declared dead.
-- Plan: the primary key; the new row stays on its page (HOT).
-- Locks: the owner's row.
UPDATE :schema.owners
SET lease_until = now() + $2::bigint * interval '1 microsecond'
WHERE owner_id = $1::uuid AND declared_dead_at IS NULL
RETURNING owner_id
