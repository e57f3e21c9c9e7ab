-- Blocked jobs of equal rank are admitted in the order of their ids, as claims hand them out. A parent that goes on
-- has the rank of its children and a smaller id: it does not wait for those that it needs no more.
--
-- Alone, as this locks all of `live`: whoever reads a view has that one, and waits for `live`.

DROP INDEX :schema.live_blocked;
CREATE INDEX live_blocked ON :schema.live (queue_id, concurrency_key, rank, job_id) WHERE state = 'b';

-- As in 0004, but for the order.
CREATE OR REPLACE FUNCTION :schema.admit_jobs() RETURNS void
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
  SET plan_cache_mode = force_generic_plan
AS $f$
DECLARE
  changed record;
  free_slots integer;
  moved integer;
BEGIN
  FOR changed IN
    WITH read AS MATERIALIZED (
      SELECT ctid FROM :schema.key_changes LIMIT 5000 FOR UPDATE SKIP LOCKED
    ), taken AS (
      DELETE FROM :schema.key_changes AS changes USING read WHERE changes.ctid = read.ctid
      RETURNING changes.queue_id, changes.concurrency_key, changes.freed
    )
    SELECT queue_id, concurrency_key, sum(freed)::integer AS freed
    FROM taken GROUP BY queue_id, concurrency_key ORDER BY queue_id, concurrency_key
  LOOP
    INSERT INTO :schema.key_slots AS slots (queue_id, concurrency_key, admitted)
    VALUES (changed.queue_id, changed.concurrency_key, 0)
    ON CONFLICT (queue_id, concurrency_key) DO UPDATE SET admitted = slots.admitted - changed.freed
    RETURNING (SELECT CASE WHEN queues.key_limit = 0 THEN 2147483647 ELSE queues.key_limit END
               FROM :schema.queues AS queues WHERE queues.queue_id = slots.queue_id) - slots.admitted
    INTO free_slots;
    WITH admitted AS MATERIALIZED (
      SELECT live.job_id
      FROM :schema.live AS live
      WHERE live.state = 'b' AND live.queue_id = changed.queue_id
        AND live.concurrency_key = changed.concurrency_key
      ORDER BY live.rank, live.job_id
      LIMIT GREATEST(free_slots, 0)
      FOR UPDATE SKIP LOCKED
    )
    UPDATE :schema.live AS live
    SET state = 'q', holds_slot = true
    FROM admitted
    WHERE live.job_id = admitted.job_id;
    GET DIAGNOSTICS moved = ROW_COUNT;
    UPDATE :schema.key_slots AS slots
    SET admitted = slots.admitted + moved
    WHERE slots.queue_id = changed.queue_id AND slots.concurrency_key = changed.concurrency_key
      AND moved > 0;
    DELETE FROM :schema.key_slots AS slots
    WHERE slots.queue_id = changed.queue_id AND slots.concurrency_key = changed.concurrency_key
      AND slots.admitted = 0;
  END LOOP;
END
$f$;
