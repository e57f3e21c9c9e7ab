-- The sweep's lease: until the transaction ends, no other process cleans up this schema.
SELECT pg_try_advisory_xact_lock(hashtextextended('protograph sweep ' || $1::text, 0))
