-- Whose items a job has. It is null for most, and needs no index: item_batches, in 0008, has one.
--
-- Alone, as this locks all of `jobs`: workers that have rows of `live` wait for it, and 0008 waits for them.
ALTER TABLE :schema.jobs ADD COLUMN parent_id uuid;
