-- Plan: reads all workers, of which there are few; the running jobs of all of them.
SELECT workers.owner_id, owners.host, owners.process_id, owners.program,
       :schema.micros_of(workers.started_at),
       EXISTS (SELECT FROM :schema.living_owners AS living WHERE living.owner_id = workers.owner_id),
       workers.threads, workers.queue_names::text,
       workers.queue_weights::text, workers.graphs::text,
       COALESCE(running.jobs, 0)
FROM :schema.workers AS workers
JOIN :schema.owners AS owners USING (owner_id)
LEFT JOIN (
  SELECT live.owner_id, count(*) AS jobs FROM :schema.live AS live WHERE live.state = 'r'
  GROUP BY live.owner_id
) AS running USING (owner_id)
ORDER BY workers.started_at DESC, workers.owner_id
