-- A graph that is published as it stands is not written again: every worker does so when it starts.
INSERT INTO :schema.graphs AS present (name, fingerprint, description, descriptors)
VALUES ($1::text, $2::text, $3::bytea, $4::bytea)
ON CONFLICT (name) DO UPDATE
SET fingerprint = excluded.fingerprint, description = excluded.description,
    descriptors = excluded.descriptors, published_at = now()
WHERE (present.fingerprint, present.description, present.descriptors)
  IS DISTINCT FROM (excluded.fingerprint, excluded.description, excluded.descriptors)
