-- What clients ask of jobs that are there, and what somebody has to do for everybody.

-- ---- Cancelling and trying again ----

-- Cancels a job that waits, and asks the worker of one that runs. Returns the state then; null where there
-- is no such job.
CREATE FUNCTION :schema.cancel_job(id uuid) RETURNS text
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
AS $f$
DECLARE
  found_job :schema.live;
  ended_as "char";
BEGIN
  SELECT * INTO found_job FROM :schema.live AS live WHERE live.job_id = id FOR UPDATE;
  IF NOT FOUND THEN
    SELECT finished.state INTO ended_as FROM :schema.finished AS finished WHERE finished.job_id = id;
    RETURN CASE ended_as WHEN 'S' THEN 'succeeded' WHEN 'F' THEN 'failed' WHEN 'C' THEN 'cancelled' END;
  END IF;
  IF found_job.state = 'r' THEN
    UPDATE :schema.live AS live SET cancel_requested = true
    WHERE live.job_id = id AND NOT live.cancel_requested;
    PERFORM pg_notify(:schema.work_channel(), 'c' || found_job.owner_id || id);
    RETURN 'running';
  END IF;

  DELETE FROM :schema.live AS live WHERE live.job_id = id;
  INSERT INTO :schema.finished (job_id, queue_id, attempt, crashes, error_code, state, error, failed_step)
  VALUES (id, found_job.queue_id, found_job.attempt, found_job.crashes, found_job.error_code, 'C',
          found_job.error, found_job.failed_step);
  IF found_job.holds_slot THEN
    INSERT INTO :schema.key_changes (queue_id, concurrency_key, freed)
    VALUES (found_job.queue_id, found_job.concurrency_key, 1);
  END IF;
  IF found_job.unique_among > 0 THEN
    PERFORM :schema.release_keys(ARRAY[id]);
  END IF;
  INSERT INTO :schema.queue_changes (queue_id, scheduled, queued, cancelled)
  VALUES (found_job.queue_id, -(found_job.state = 's')::integer, -(found_job.state <> 's')::integer, 1);
  PERFORM pg_notify(:schema.finished_channel(), id::text);
  RETURN 'cancelled';
END
$f$;

-- Queues a failed or cancelled job anew, and makes a scheduled one due. Returns what it was: 'failed',
-- 'cancelled', 'scheduled'; what it is and stays where it is none of these; 'taken' where another job has
-- its unique key; null where there is no such job.
CREATE FUNCTION :schema.retry_job(id uuid) RETURNS text
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
AS $f$
DECLARE
  found_job :schema.live;
  asked :schema.jobs;
  ended :schema.finished;
  key_owner uuid;
  scope smallint;
BEGIN
  SELECT * INTO found_job FROM :schema.live AS live WHERE live.job_id = id FOR UPDATE;
  IF FOUND THEN
    IF found_job.state <> 's' THEN
      RETURN CASE found_job.state WHEN 'r' THEN 'running' ELSE 'queued' END;
    END IF;
    UPDATE :schema.live AS live
    SET run_at = LEAST(live.run_at, now()), rank = LEAST(live.run_at, now()) + (live.rank - live.run_at)
    WHERE live.job_id = id;
    PERFORM :schema.wake_sleepers(ARRAY[found_job.queue_id], 1);
    RETURN 'scheduled';
  END IF;

  SELECT * INTO ended FROM :schema.finished AS finished WHERE finished.job_id = id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF ended.state = 'S' THEN
    RETURN 'succeeded';
  END IF;
  SELECT * INTO asked FROM :schema.jobs AS jobs WHERE jobs.job_id = id;
  IF asked.unique_key IS NOT NULL THEN
    INSERT INTO :schema.unique_keys AS present (queue_id, unique_key, job_id)
    VALUES (asked.queue_id, asked.unique_key, id)
    ON CONFLICT (queue_id, unique_key) DO UPDATE
    SET job_id = CASE WHEN present.expires_at <= now() THEN excluded.job_id ELSE present.job_id END,
        expires_at = CASE WHEN present.expires_at <= now() OR present.job_id = id THEN NULL
                          ELSE present.expires_at END
    RETURNING present.job_id INTO key_owner;
    IF key_owner <> id THEN
      RETURN 'taken';
    END IF;
    -- The scope that it was submitted with is not kept beyond its end: the narrowest that keeps two of
    -- them from running at once.
    scope := CASE WHEN asked.unique_for > 0 THEN 3 ELSE 2 END;
  END IF;
  DELETE FROM :schema.finished AS finished WHERE finished.job_id = id;
  INSERT INTO :schema.live (job_id, run_at, rank, queue_id, unique_among, state, was_begun,
                            concurrency_key, error_code, error, failed_step)
  SELECT id, now(), now() - asked.priority * interval '1 hour', asked.queue_id, COALESCE(scope, 0),
         CASE WHEN asked.concurrency_key IS NOT NULL AND queues.key_limit > 0 THEN 'b'
              ELSE 'q' END::"char",
         true, asked.concurrency_key, ended.error_code, ended.error, ended.failed_step
  FROM :schema.queues AS queues
  WHERE queues.queue_id = asked.queue_id;
  IF asked.concurrency_key IS NOT NULL THEN
    INSERT INTO :schema.key_changes (queue_id, concurrency_key, freed)
    VALUES (asked.queue_id, asked.concurrency_key, 0);
  END IF;
  INSERT INTO :schema.queue_changes (queue_id, queued, failed, cancelled)
  VALUES (asked.queue_id, 1, -(ended.state = 'F')::integer, -(ended.state = 'C')::integer);
  PERFORM :schema.wake_sleepers(ARRAY[asked.queue_id], 1);
  RETURN CASE ended.state WHEN 'F' THEN 'failed' ELSE 'cancelled' END;
END
$f$;

-- ---- Permits ----

-- How many jobs of each queue the owner may run at once; see JobStore::LeasePermits. A queue's permits are
-- dealt out under an advisory lock of its own, in the order of the queues.
CREATE FUNCTION :schema.lease_permits(owner uuid, queue_names text[], wanted_permits integer[],
                                      used_permits integer[])
  RETURNS TABLE (number bigint, granted integer)
  LANGUAGE plpgsql VOLATILE AS $f$
#variable_conflict use_column
DECLARE
  demand record;
  sharer record;
  remaining integer;
  sharers integer;
  share integer;
  others integer;
BEGIN
  FOR demand IN
    SELECT given.number, given.wanted, given.used, queues.queue_id, queues.concurrency_limit
    FROM unnest(queue_names, wanted_permits, used_permits)
      WITH ORDINALITY AS given (name, wanted, used, number)
    LEFT JOIN :schema.queues AS queues ON queues.name = given.name
    ORDER BY queues.queue_id
  LOOP
    number := demand.number;
    IF demand.queue_id IS NULL OR demand.concurrency_limit = 0 THEN
      -- kNoPermitLimit
      granted := 2147483647;
      RETURN NEXT;
      CONTINUE;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext($name$:schema.permits$name$), demand.queue_id);
    DELETE FROM :schema.permits AS permits
    WHERE permits.queue_id = demand.queue_id AND permits.owner_id <> owner
      AND NOT EXISTS (SELECT FROM :schema.living_owners AS living
                      WHERE living.owner_id = permits.owner_id);
    INSERT INTO :schema.permits AS permits (queue_id, owner_id, wanted, permits)
    VALUES (demand.queue_id, owner, demand.wanted, 0)
    ON CONFLICT (queue_id, owner_id) DO UPDATE SET wanted = excluded.wanted;
    -- What is fair: all get the same, but none more than it wants (max-min fairness).
    remaining := demand.concurrency_limit;
    SELECT count(*) INTO sharers FROM :schema.permits AS permits
    WHERE permits.queue_id = demand.queue_id;
    FOR sharer IN
      SELECT permits.owner_id, permits.wanted FROM :schema.permits AS permits
      WHERE permits.queue_id = demand.queue_id
      ORDER BY permits.wanted, permits.owner_id
    LOOP
      share := LEAST(sharer.wanted, remaining / sharers);
      EXIT WHEN sharer.owner_id = owner;
      remaining := remaining - share;
      sharers := sharers - 1;
    END LOOP;
    SELECT COALESCE(sum(permits.permits), 0) INTO others FROM :schema.permits AS permits
    WHERE permits.queue_id = demand.queue_id AND permits.owner_id <> owner;
    granted := GREATEST(demand.used, LEAST(share, demand.concurrency_limit - others), 0);
    UPDATE :schema.permits AS permits SET permits = granted
    WHERE permits.queue_id = demand.queue_id AND permits.owner_id = owner;
    RETURN NEXT;
  END LOOP;
END
$f$;

-- ---- Upkeep ----

-- Takes jobs from owners that are dead, which are declared so for good; where lapsed_are_dead is false,
-- only from those that were declared so before. Jobs that may have been the reason of most_crashes deaths
-- have failed. Reads all rows of `live`, once for each owner that died.
CREATE FUNCTION :schema.return_jobs(most_crashes integer, lapsed_are_dead boolean)
  RETURNS TABLE (returned bigint, set_aside bigint)
  LANGUAGE plpgsql VOLATILE AS $f$
#variable_conflict use_column
DECLARE
  dead uuid[];
  queue_ids integer[];
  unique_ids uuid[];
BEGIN
  SELECT array_agg(locked.owner_id) INTO dead
  FROM (
    SELECT owners.owner_id
    FROM :schema.owners AS owners
    WHERE owners.jobs_returned_at IS NULL
      AND (owners.declared_dead_at IS NOT NULL OR (lapsed_are_dead AND owners.lease_until <= now()))
    ORDER BY owners.owner_id
    LIMIT 100
    FOR UPDATE SKIP LOCKED
  ) AS locked;
  IF dead IS NULL THEN
    RETURN QUERY SELECT 0::bigint, 0::bigint;
    RETURN;
  END IF;
  UPDATE :schema.owners AS owners
  SET declared_dead_at = COALESCE(owners.declared_dead_at, now()), jobs_returned_at = now()
  WHERE owners.owner_id = ANY (dead);
  DELETE FROM :schema.permits AS permits WHERE permits.owner_id = ANY (dead);
  DELETE FROM :schema.sleepers AS sleepers WHERE sleepers.owner_id = ANY (dead);

  WITH lost AS MATERIALIZED (
    SELECT live.job_id,
           live.crashes + (live.is_suspect AND live.is_started)::integer AS crashes
    FROM :schema.live AS live
    WHERE live.state = 'r' AND live.owner_id = ANY (dead)
    ORDER BY live.job_id
    FOR UPDATE
  ), gone AS (
    DELETE FROM :schema.live AS live
    USING lost
    WHERE live.job_id = lost.job_id AND (lost.crashes >= most_crashes OR live.cancel_requested)
    RETURNING live.*, lost.crashes AS all_crashes
  ), kept AS (
    INSERT INTO :schema.finished (job_id, started_at, term, owner_id, queue_id, attempt, crashes,
                                  error_code, state, error, failed_step)
    SELECT job_id, claimed_at, term, owner_id, queue_id, attempt, all_crashes,
           CASE WHEN all_crashes >= most_crashes THEN 10 ELSE 1 END,
           CASE WHEN all_crashes >= most_crashes THEN 'F' ELSE 'C' END::"char",
           CASE WHEN all_crashes >= most_crashes
                THEN format('set aside: %s workers died while they ran it, and it may be the reason. '
                            'Find out why before it is retried', all_crashes)
                ELSE 'cancelling was requested, and then its worker died' END,
           ''
    FROM gone
  ), back AS (
    UPDATE :schema.live AS live
    SET state = 'q', attempt = live.attempt - 1, crashes = lost.crashes, is_suspect = true,
        was_begun = true, is_started = false, owner_id = NULL, term = NULL, claimed_at = NULL
    FROM lost
    WHERE live.job_id = lost.job_id AND lost.crashes < most_crashes AND NOT live.cancel_requested
    RETURNING live.queue_id
  ), freed AS (
    INSERT INTO :schema.key_changes (queue_id, concurrency_key, freed)
    SELECT gone.queue_id, gone.concurrency_key, count(*)
    FROM gone WHERE gone.holds_slot
    GROUP BY gone.queue_id, gone.concurrency_key
  ), counted AS (
    INSERT INTO :schema.queue_changes (queue_id, running, queued, failed, cancelled)
    SELECT queue_id, -sum(one), sum(queued), sum(failed), sum(cancelled)
    FROM (
      SELECT queue_id, 1 AS one, 1 AS queued, 0 AS failed, 0 AS cancelled FROM back
      UNION ALL
      SELECT queue_id, 1, 0, (all_crashes >= most_crashes)::integer,
             (all_crashes < most_crashes)::integer FROM gone
    ) AS ends
    GROUP BY queue_id
  )
  SELECT (SELECT count(*) FROM back), (SELECT count(*) FROM gone WHERE all_crashes >= most_crashes),
         (SELECT array_agg(gone.job_id) FROM gone WHERE gone.unique_among > 0)
  INTO returned, set_aside, unique_ids;
  IF unique_ids IS NOT NULL THEN
    PERFORM :schema.release_keys(unique_ids);
  END IF;
  RETURN NEXT;
  SELECT array_agg(queues.queue_id) INTO queue_ids FROM :schema.queues AS queues;
  PERFORM :schema.wake_sleepers(queue_ids, 16);
  PERFORM pg_notify(:schema.finished_channel(), '*');
END
$f$;

-- Adds queue_changes up.
CREATE FUNCTION :schema.add_up_queues() RETURNS void
  LANGUAGE sql VOLATILE AS $f$
    WITH read AS MATERIALIZED (
      SELECT ctid FROM :schema.queue_changes LIMIT 50000 FOR UPDATE SKIP LOCKED
    ), taken AS (
      DELETE FROM :schema.queue_changes AS changes USING read WHERE changes.ctid = read.ctid
      RETURNING changes.*
    ), sums AS (
      SELECT queue_id, sum(scheduled) AS scheduled, sum(queued) AS queued, sum(running) AS running,
             sum(succeeded) AS succeeded, sum(failed) AS failed, sum(cancelled) AS cancelled
      FROM taken GROUP BY queue_id
    )
    UPDATE :schema.queues AS queues
    SET scheduled = queues.scheduled + sums.scheduled, queued = queues.queued + sums.queued,
        running = queues.running + sums.running, succeeded = queues.succeeded + sums.succeeded,
        failed = queues.failed + sums.failed, cancelled = queues.cancelled + sums.cancelled
    FROM sums
    WHERE queues.queue_id = sums.queue_id
  $f$;

-- Makes the partitions of today and the coming days. By whoever may: as the role that has migrated. Locks
-- both tables for the moment; leaves it to the next round where it cannot at once, as everybody would wait
-- behind it.
CREATE FUNCTION :schema.make_partitions() RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET lock_timeout = '200ms'
AS $f$
DECLARE
  today timestamptz := date_trunc('day', now(), 'UTC');
  day timestamptz;
  parent text;
BEGIN
  FOR days IN 0..2 LOOP
    day := today + days * interval '24 hours';
    FOREACH parent IN ARRAY ARRAY['jobs', 'finished'] LOOP
      -- Not where the partition of all others has rows of that day: those of clients whose clocks are
      -- days fast, or of a time in which nothing made partitions.
      IF to_regclass($name$:schema.$name$ || parent || to_char(day AT TIME ZONE 'UTC', '"_"YYYYMMDD')) IS NULL
         AND NOT EXISTS (
           SELECT FROM :schema.jobs_other AS other
           WHERE parent = 'jobs' AND other.job_id >= :schema.first_uuid_of(day)
             AND other.job_id < :schema.first_uuid_of(day + interval '24 hours'))
         AND NOT EXISTS (
           SELECT FROM :schema.finished_other AS other
           WHERE parent = 'finished' AND other.job_id >= :schema.first_uuid_of(day)
             AND other.job_id < :schema.first_uuid_of(day + interval '24 hours')) THEN
        EXECUTE format('CREATE TABLE %s PARTITION OF %s FOR VALUES FROM (%L) TO (%L)',
                       $name$:schema.$name$ || parent || to_char(day AT TIME ZONE 'UTC', '"_"YYYYMMDD'),
                       $name$:schema.$name$ || parent, :schema.first_uuid_of(day),
                       :schema.first_uuid_of(day + interval '24 hours'));
      END IF;
    END LOOP;
  END LOOP;
EXCEPTION WHEN lock_not_available THEN
  NULL;
END
$f$;

-- Drops the partitions of the oldest day whose finished jobs need not be kept, given in microseconds: for
-- how long those that have succeeded or were cancelled, and those that have failed. Rows of that day that
-- are needed longer move to the partition of all others, where sweep_jobs finds them. Returns how many
-- jobs are gone. Locks both tables for the moment; gives up where it cannot at once.
CREATE FUNCTION :schema.drop_partitions(keep_succeeded bigint, keep_failed bigint) RETURNS bigint
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET lock_timeout = '200ms'
AS $f$
DECLARE
  partition record;
  day timestamptz;
  jobs_of_day text;
  finished_of_day text;
  jobs_before bigint;
  jobs_moved bigint;
BEGIN
  -- With the owner's rights nobody may do what they could not do row by row.
  IF NOT has_table_privilege(
       CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role') END,
       $name$:schema.jobs$name$, 'DELETE') THEN
    RAISE EXCEPTION 'only roles that may delete jobs may drop their partitions' USING ERRCODE = '42501';
  END IF;
  FOR partition IN
    SELECT classes.relname
    FROM pg_inherits AS inherits
    JOIN pg_class AS classes ON classes.oid = inherits.inhrelid
    WHERE inherits.inhparent = to_regclass($name$:schema.jobs$name$) AND classes.relname ~ '^jobs_[0-9]{8}$'
    ORDER BY classes.relname
  LOOP
    day := substr(partition.relname, 6)::date::timestamp AT TIME ZONE 'UTC';
    EXIT WHEN day + interval '24 hours'
      > now() - LEAST(keep_succeeded, keep_failed) * interval '1 microsecond' - interval '1 hour';
    jobs_of_day := $name$:schema.$name$ || partition.relname;
    finished_of_day := $name$:schema.$name$ || 'finished' || substr(partition.relname, 5);
    CONTINUE WHEN to_regclass(finished_of_day) IS NULL;
    -- Worth it only where little stays: otherwise later, or row by row.
    BEGIN
      EXECUTE format('LOCK TABLE %s, %s IN ACCESS EXCLUSIVE MODE', $name$:schema.jobs$name$,
                     $name$:schema.finished$name$);
    EXCEPTION WHEN lock_not_available THEN
      RETURN 0;
    END;
    EXECUTE format('SELECT count(*) FROM %s', jobs_of_day) INTO jobs_before;
    EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', $name$:schema.jobs$name$, jobs_of_day);
    EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', $name$:schema.finished$name$, finished_of_day);
    EXECUTE format(
      'INSERT INTO %s SELECT * FROM %s AS finished
       WHERE finished.finished_at > now() - CASE finished.state WHEN ''F'' THEN $2 ELSE $1 END
                                            * interval ''1 microsecond''',
      $name$:schema.finished_other$name$, finished_of_day) USING keep_succeeded, keep_failed;
    EXECUTE format(
      'INSERT INTO %s SELECT * FROM %s AS jobs
       WHERE EXISTS (SELECT FROM %s AS live WHERE live.job_id = jobs.job_id)
          OR EXISTS (SELECT FROM %s AS kept WHERE kept.job_id = jobs.job_id)',
      $name$:schema.jobs_other$name$, jobs_of_day, $name$:schema.live$name$,
      $name$:schema.finished_other$name$);
    GET DIAGNOSTICS jobs_moved = ROW_COUNT;
    EXECUTE format('DROP TABLE %s, %s', jobs_of_day, finished_of_day);
    RETURN jobs_before - jobs_moved;
  END LOOP;
  RETURN 0;
END
$f$;

-- Deletes finished jobs of the partition of all others that need not be kept, and what has expired.
CREATE FUNCTION :schema.sweep_jobs(keep_succeeded bigint, keep_failed bigint, batch integer) RETURNS bigint
  LANGUAGE plpgsql VOLATILE AS $f$
DECLARE
  removed bigint;
BEGIN
  WITH old AS MATERIALIZED (
    SELECT finished.job_id
    FROM :schema.finished_other AS finished
    WHERE finished.finished_at <= now() - CASE finished.state WHEN 'F' THEN keep_failed ELSE keep_succeeded
                                          END * interval '1 microsecond'
    LIMIT batch
    FOR UPDATE SKIP LOCKED
  ), deleted AS (
    DELETE FROM :schema.finished AS finished USING old WHERE finished.job_id = old.job_id
  ), asked AS (
    DELETE FROM :schema.jobs AS jobs USING old WHERE jobs.job_id = old.job_id
    RETURNING jobs.job_id
  )
  SELECT count(*) INTO removed FROM asked;
  DELETE FROM :schema.unique_keys AS keys
  WHERE keys.ctid = ANY (ARRAY(
    SELECT expired.ctid FROM :schema.unique_keys AS expired
    WHERE expired.expires_at <= now() LIMIT batch FOR UPDATE SKIP LOCKED));
  DELETE FROM :schema.workers AS workers
  WHERE NOT EXISTS (SELECT FROM :schema.owners AS owners WHERE owners.owner_id = workers.owner_id);
  RETURN removed;
END
$f$;

-- What keeps vacuum from removing dead rows: the transaction that has been open for longest, where that is
-- more than a minute; null where there is none, or where this role may not see it. Nothing that is deleted
-- since it began can be removed while it is open, anywhere in the database.
CREATE FUNCTION :schema.oldest_transaction() RETURNS text
  LANGUAGE sql STABLE AS $f$
    SELECT format('process %s of the server (%s of %s) has had a transaction open for %s, and dead rows of '
                  'the whole database stay as long as it is: end it, with pg_terminate_backend(%s) if need be',
                  activity.pid, COALESCE(NULLIF(activity.application_name, ''), 'a program without a name'),
                  activity.usename, date_trunc('second', now() - activity.xact_start), activity.pid)
    FROM pg_stat_activity AS activity
    WHERE activity.backend_type = 'client backend' AND activity.pid <> pg_backend_pid()
      AND activity.xact_start < now() - interval '1 minute'
      AND (activity.backend_xmin IS NOT NULL OR activity.backend_xid IS NOT NULL)
      AND activity.datname = current_database()
    ORDER BY activity.xact_start
    LIMIT 1
  $f$;

-- One round of upkeep. What only one should do at a time is done by whoever has the advisory lock.
CREATE FUNCTION :schema.maintain_jobs(most_crashes integer, keep_succeeded bigint, keep_failed bigint,
                                      batch integer, lapsed_are_dead boolean)
  RETURNS TABLE (promoted bigint, returned bigint, set_aside bigint, removed bigint, next_due bigint,
                 more boolean, hindrance text)
  LANGUAGE plpgsql VOLATILE AS $f$
#variable_conflict use_column
DECLARE
  dropped bigint := 0;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  promoted := :schema.promote_jobs(batch);
  SELECT counts.returned, counts.set_aside INTO returned, set_aside
  FROM :schema.return_jobs(most_crashes, lapsed_are_dead) AS counts;
  removed := 0;
  IF pg_try_advisory_xact_lock(hashtext($name$:schema.maintain_jobs$name$), 0) THEN
    PERFORM :schema.add_up_queues();
    IF to_regclass($name$:schema.jobs_$name$
                   || to_char((now() + interval '24 hours') AT TIME ZONE 'UTC', 'YYYYMMDD')) IS NULL THEN
      PERFORM :schema.make_partitions();
    END IF;
    dropped := :schema.drop_partitions(keep_succeeded, keep_failed);
    removed := dropped + :schema.sweep_jobs(keep_succeeded, keep_failed, batch);
    hindrance := :schema.oldest_transaction();
  END IF;
  SELECT extract(epoch FROM live.run_at - clock_timestamp()) * 1000000 INTO next_due
  FROM :schema.live AS live
  WHERE live.state = 's'
  ORDER BY live.run_at
  LIMIT 1;
  more := promoted >= batch OR removed >= batch OR dropped > 0;
  RETURN NEXT;
END
$f$;

DO $do$ BEGIN PERFORM :schema.make_partitions(); END $do$;

-- ---- Asking ----

-- A job as job_states has it, its inputs, and its result. Times are in microseconds since 1970.
CREATE FUNCTION :schema.get_job(id uuid)
  RETURNS TABLE (job_id uuid, queue text, graph text, output_type text, state text, priority smallint,
                 attempt smallint, max_attempts smallint, crashes smallint, cancel_requested boolean,
                 unique_key text, concurrency_key text, tags text, metadata jsonb, submitted_at bigint,
                 run_at bigint, started_at bigint, finished_at bigint, owner_id uuid, error_code smallint,
                 error text, failed_step text, inputs bytea, result bytea)
  LANGUAGE plpgsql STABLE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
  SET plan_cache_mode = force_generic_plan
AS $f$
#variable_conflict use_variable
DECLARE
  waits :schema.live;
  ended :schema.finished;
  asked :schema.jobs;
BEGIN
  -- One table after the other, as each look is quick and a join of all is not.
  SELECT * INTO waits FROM :schema.live AS live WHERE live.job_id = get_job.id;
  IF NOT FOUND THEN
    SELECT * INTO ended FROM :schema.finished AS finished WHERE finished.job_id = get_job.id;
    IF NOT FOUND THEN
      RETURN;
    END IF;
  END IF;
  SELECT * INTO asked FROM :schema.jobs AS jobs WHERE jobs.job_id = get_job.id;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  queue := (SELECT queues.name FROM :schema.queues AS queues WHERE queues.queue_id = asked.queue_id);
  job_id := asked.job_id;
  graph := asked.graph;
  output_type := asked.output_type;
  priority := asked.priority;
  max_attempts := asked.max_attempts;
  unique_key := asked.unique_key;
  concurrency_key := asked.concurrency_key;
  tags := asked.tags::text;
  metadata := asked.metadata;
  submitted_at := :schema.micros_of(asked.submitted_at);
  inputs := asked.inputs;
  IF ended.job_id IS NULL THEN
    state := CASE waits.state WHEN 's' THEN 'scheduled' WHEN 'r' THEN 'running' ELSE 'queued' END;
    attempt := waits.attempt;
    crashes := waits.crashes;
    cancel_requested := waits.cancel_requested;
    IF waits.state = 'r' THEN
      started_at := :schema.micros_of(waits.claimed_at);
      owner_id := waits.owner_id;
    ELSE
      run_at := :schema.micros_of(waits.run_at);
    END IF;
    error_code := waits.error_code;
    error := waits.error;
    failed_step := waits.failed_step;
  ELSE
    state := CASE ended.state WHEN 'S' THEN 'succeeded' WHEN 'F' THEN 'failed' ELSE 'cancelled' END;
    attempt := ended.attempt;
    crashes := ended.crashes;
    cancel_requested := false;
    started_at := :schema.micros_of(ended.started_at);
    finished_at := :schema.micros_of(ended.finished_at);
    owner_id := ended.owner_id;
    error_code := ended.error_code;
    error := ended.error;
    failed_step := ended.failed_step;
    result := ended.result;
  END IF;
  RETURN NEXT;
END
$f$;
