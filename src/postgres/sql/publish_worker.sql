INSERT INTO :schema.workers (owner_id, threads, queue_names, queue_weights, graphs)
VALUES ($1::uuid, $2::int, $3::text[], $4::int[], $5::text[])
ON CONFLICT (owner_id) DO UPDATE
SET threads = excluded.threads, queue_names = excluded.queue_names,
    queue_weights = excluded.queue_weights, graphs = excluded.graphs
