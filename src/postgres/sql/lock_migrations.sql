-- Until the transaction ends, no other process migrates this schema.
SELECT pg_advisory_xact_lock(hashtextextended('protograph migrations ' || $1::text, 0))
