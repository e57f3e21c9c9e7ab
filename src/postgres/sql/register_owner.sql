-- Registers an owner, or renews its lease where the call is repeated, and returns its neighbours.
-- Plan: one insert by the primary key; reads all owners, of which there are few.
-- Locks: the owner's row.
WITH registered AS (
  INSERT INTO :schema.owners (owner_id, host, process_id, program, lease_until)
  VALUES ($1::uuid, $2::text, $3::bigint, $4::text, now() + $5::bigint * interval '1 microsecond')
  ON CONFLICT (owner_id) DO UPDATE SET lease_until = excluded.lease_until
)
SELECT owner_id, process_id
FROM :schema.living_owners
WHERE host = $2::text AND host <> '' AND owner_id <> $1::uuid
