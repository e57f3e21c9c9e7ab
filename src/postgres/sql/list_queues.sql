SELECT name, mode, concurrency_limit, key_limit, scheduled, queued, running, succeeded, failed, cancelled
FROM :schema.queue_states
ORDER BY name
