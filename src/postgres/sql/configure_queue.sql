-- Makes a queue, or changes what is said of it. Jobs that were blocked by a limit that is larger now, or
-- gone, are admitted by the next claim.
-- Locks: the queue's row, and those of key_slots of the queue, shared.
WITH configured AS (
  INSERT INTO :schema.queues (name, mode, concurrency_limit, key_limit)
  VALUES ($1::text, $2::text, $3::int, $4::int)
  ON CONFLICT (name) DO UPDATE
  SET mode = excluded.mode, concurrency_limit = excluded.concurrency_limit,
      key_limit = excluded.key_limit
  RETURNING queue_id
), changed AS (
  INSERT INTO :schema.key_changes (queue_id, concurrency_key, freed)
  SELECT DISTINCT live.queue_id, live.concurrency_key, 0
  FROM configured
  JOIN :schema.live AS live ON live.queue_id = configured.queue_id AND live.state = 'b'
)
SELECT :schema.wake_sleepers(array_agg(configured.queue_id), 16)
FROM configured
