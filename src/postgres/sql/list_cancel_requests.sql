-- Running jobs of an owner whose cancellation was requested.
-- Plan: a partial index that has nothing else.
SELECT job_id FROM :schema.live WHERE owner_id = $1::uuid AND cancel_requested AND state = 'r'
