-- Handing jobs out and taking them back.

-- ---- Concurrency keys ----

-- Admits blocked jobs of keys that have come up in key_changes: as many of each as the queue's key_limit
-- leaves. Whoever claims does it; a key's row of key_slots is locked meanwhile.
CREATE FUNCTION :schema.admit_jobs() RETURNS void
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
      ORDER BY live.rank
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

-- ---- Scheduled jobs ----

-- Queues jobs whose time has come. Returns how many.
CREATE FUNCTION :schema.promote_jobs(most integer) RETURNS integer
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
  SET plan_cache_mode = force_generic_plan
AS $f$
DECLARE
  promoted integer;
  promoted_queues integer[];
BEGIN
  -- Most calls find nothing, by one look at the index.
  IF NOT EXISTS (SELECT FROM :schema.live AS live WHERE live.state = 's' AND live.run_at <= now()) THEN
    RETURN 0;
  END IF;
  WITH due AS MATERIALIZED (
    SELECT live.job_id
    FROM :schema.live AS live
    WHERE live.state = 's' AND live.run_at <= now()
    ORDER BY live.run_at
    LIMIT most
    FOR UPDATE SKIP LOCKED
  ), moved AS (
    UPDATE :schema.live AS live
    SET state = CASE WHEN live.concurrency_key IS NOT NULL AND queues.key_limit > 0 THEN 'b'
                     ELSE 'q' END::"char"
    FROM due, :schema.queues AS queues
    WHERE live.job_id = due.job_id AND queues.queue_id = live.queue_id
    RETURNING live.queue_id, live.concurrency_key, live.state
  ), keyed AS (
    INSERT INTO :schema.key_changes (queue_id, concurrency_key, freed)
    SELECT DISTINCT queue_id, concurrency_key, 0 FROM moved WHERE state = 'b'
  ), counted AS (
    INSERT INTO :schema.queue_changes (queue_id, scheduled, queued)
    SELECT queue_id, -count(*), count(*) FROM moved GROUP BY queue_id
    RETURNING queue_id, queued
  )
  SELECT COALESCE(sum(counted.queued), 0), array_agg(counted.queue_id)
  INTO promoted, promoted_queues
  FROM counted;
  -- Whoever has promoted them may take from other queues.
  IF promoted > 0 THEN
    PERFORM :schema.wake_sleepers(promoted_queues, promoted);
  END IF;
  RETURN promoted;
END
$f$;

-- ---- Claiming ----

-- Hands jobs out to an owner that is alive: at most so many of each queue, those of the smallest ranks.
-- Nobody waits: rows that another call is at are passed over.
--
-- `after_ranks`, `after_ids`: where to begin in each queue. Jobs leave a queue at the front of its index,
-- and while some transaction is open anywhere in the database, their entries stay there and are stepped
-- over by every claim; a caller that knows how far it came need not do so each time.
--
-- Not durable at once: where the database crashes and has forgotten a claim, the job is queued again, and
-- the end of the first run is refused.
CREATE FUNCTION :schema.claim_jobs(
  owner uuid, queue_names text[], limits integer[], after_ranks timestamptz[], after_ids uuid[],
  wake_if_empty boolean)
  RETURNS TABLE (job_id uuid, term bigint, queue integer, rank timestamptz, graph text,
                 output_type text, inputs bytea, attempt integer, max_attempts integer, backoff bigint,
                 longest_backoff bigint, timeout bigint, is_suspect boolean, was_begun boolean,
                 crashes integer)
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
  SET jit = off
  SET plan_cache_mode = force_generic_plan
AS $f$
#variable_conflict use_column
DECLARE
  new_term bigint;
  queue record;
  claimed integer;
  all_claimed integer := 0;
  all_wanted integer := 0;
  queue_ids integer[] := '{}';
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  -- Shared, so that it cannot be declared dead, and its jobs given back, between this look and the end.
  PERFORM FROM :schema.owners AS owners
  WHERE owners.owner_id = owner AND owners.declared_dead_at IS NULL AND owners.lease_until > now()
  FOR SHARE;
  IF NOT FOUND THEN
    RETURN;
  END IF;

  IF EXISTS (SELECT FROM :schema.live AS live WHERE live.state = 's' AND live.run_at <= now()) THEN
    PERFORM :schema.promote_jobs(5000);
  END IF;
  IF EXISTS (SELECT FROM :schema.key_changes) THEN
    PERFORM :schema.admit_jobs();
  END IF;

  new_term := nextval($name$:schema.job_terms$name$);
  FOR queue IN
    SELECT queues.queue_id, queues.mode, given.most, given.after_rank, given.after_id,
           given.number::integer
    FROM unnest(queue_names, limits, after_ranks, after_ids)
      WITH ORDINALITY AS given (name, most, after_rank, after_id, number)
    JOIN :schema.queues AS queues ON queues.name = given.name
    WHERE given.most > 0
  LOOP
    queue_ids := queue_ids || queue.queue_id;
    all_wanted := all_wanted + queue.most;
    CONTINUE WHEN queue.mode = 'paused';
    -- Rows come in the order in which they are picked, as only nested loops are allowed; a row that was
    -- locked stays where it is, so that it is found again by its place.
    RETURN QUERY
      WITH picked AS MATERIALIZED (
        SELECT live.ctid AS place
        FROM :schema.live AS live
        WHERE live.state = 'q' AND live.queue_id = queue.queue_id
          AND (live.rank, live.job_id) > (queue.after_rank, queue.after_id)
        ORDER BY live.rank, live.job_id
        LIMIT queue.most
        FOR UPDATE SKIP LOCKED
      ), claimed AS (
        UPDATE :schema.live AS live
        SET state = 'r', owner_id = owner, term = new_term, claimed_at = now(),
            attempt = live.attempt + 1, is_started = false
        FROM picked
        WHERE live.ctid = picked.place
        RETURNING live.job_id, live.rank, live.attempt, live.is_suspect, live.was_begun,
                  live.crashes
      )
      SELECT claimed.job_id, new_term, queue.number, claimed.rank, jobs.graph, jobs.output_type,
             jobs.inputs, claimed.attempt::integer, jobs.max_attempts::integer, jobs.backoff,
             jobs.longest_backoff, jobs.timeout, claimed.is_suspect, claimed.was_begun,
             claimed.crashes::integer
      FROM claimed
      JOIN :schema.jobs AS jobs ON jobs.job_id = claimed.job_id;
    GET DIAGNOSTICS claimed = ROW_COUNT;
    IF claimed > 0 THEN
      INSERT INTO :schema.queue_changes (queue_id, queued, running)
      VALUES (queue.queue_id, -claimed, claimed);
      all_claimed := all_claimed + claimed;
    END IF;
  END LOOP;

  IF all_claimed = 0 AND wake_if_empty THEN
    -- A queue that is not there yet is made, so that its first job wakes this owner as any other does.
    INSERT INTO :schema.queues (name)
    SELECT DISTINCT given.name FROM unnest(queue_names) AS given (name)
    WHERE NOT EXISTS (SELECT FROM :schema.queues AS queues WHERE queues.name = given.name)
    ORDER BY given.name
    ON CONFLICT (name) DO NOTHING;
    INSERT INTO :schema.sleepers (queue_id, owner_id)
    SELECT queues.queue_id, owner FROM :schema.queues AS queues WHERE queues.name = ANY (queue_names)
    ON CONFLICT DO NOTHING;
  ELSIF EXISTS (SELECT FROM :schema.sleepers AS sleepers WHERE sleepers.queue_id = ANY (queue_ids)) THEN
    DELETE FROM :schema.sleepers AS sleepers
    WHERE sleepers.queue_id = ANY (queue_ids) AND sleepers.owner_id = owner;
    -- It was woken and there may be more than it takes: it wakes the next.
    IF FOUND AND all_claimed >= all_wanted THEN
      PERFORM :schema.wake_sleepers(queue_ids, 1);
    END IF;
  END IF;
END
$f$;

-- Jobs that an owner has under a larger term than the last it knows of: those of a claim whose answer was
-- lost. Waits for the claim where it is still running, which has the owner's row. Reads all rows of `live`
-- that there are.
CREATE FUNCTION :schema.recover_claims(owner uuid, last_term bigint)
  RETURNS TABLE (job_id uuid, term bigint, queue text, rank timestamptz, graph text, output_type text,
                 inputs bytea, attempt integer, max_attempts integer, backoff bigint,
                 longest_backoff bigint, timeout bigint, is_suspect boolean, was_begun boolean,
                 crashes integer)
  LANGUAGE sql VOLATILE AS $f$
    SELECT FROM :schema.owners AS owners WHERE owners.owner_id = owner FOR NO KEY UPDATE;
    -- Whether a job was claimed before is not known any more: it may have been.
    SELECT live.job_id, live.term, queues.name, live.rank, jobs.graph, jobs.output_type, jobs.inputs,
           live.attempt::integer, jobs.max_attempts::integer, jobs.backoff, jobs.longest_backoff,
           jobs.timeout, live.is_suspect, true, live.crashes::integer
    FROM :schema.live AS live
    JOIN :schema.jobs AS jobs USING (job_id)
    JOIN :schema.queues AS queues ON queues.queue_id = live.queue_id
    WHERE live.state = 'r' AND live.owner_id = owner AND live.term > last_term
    ORDER BY live.rank, live.job_id
  $f$;

-- Notes that suspects are about to run. Returns the ids of those that are not the owner's any more.
CREATE FUNCTION :schema.mark_started(owner uuid, ids uuid[], terms bigint[]) RETURNS SETOF uuid
  LANGUAGE sql VOLATILE AS $f$
    WITH marked AS (
      UPDATE :schema.live AS live
      SET is_started = true
      FROM unnest(ids, terms) AS given (id, term)
      WHERE live.job_id = given.id AND live.term = given.term AND live.owner_id = owner
        AND live.state = 'r'
      RETURNING live.job_id
    )
    SELECT given.id FROM unnest(ids) AS given (id)
    WHERE NOT EXISTS (SELECT FROM marked WHERE marked.job_id = given.id)
  $f$;

-- ---- Finishing ----

-- Frees the unique keys of jobs that have ended; those of UniqueAmong::kFinished after their time.
CREATE FUNCTION :schema.release_keys(ids uuid[]) RETURNS void
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
AS $f$
BEGIN
  UPDATE :schema.unique_keys AS keys
  SET expires_at = now() + jobs.unique_for * interval '1 microsecond'
  FROM :schema.jobs AS jobs
  WHERE jobs.job_id = ANY (ids) AND jobs.unique_for > 0 AND keys.job_id = jobs.job_id;
  DELETE FROM :schema.unique_keys AS keys
  WHERE keys.job_id = ANY (ids) AND keys.expires_at IS NULL;
END
$f$;

-- What has become of jobs that the owner has under these terms; others are left alone. Outcomes: 'S'
-- succeeded, 'F' failed, 'C' cancelled, 'r' to be tried again after waits[i] microseconds, 'z' the same
-- without the attempt, 'g' given back: queued as it was, without the attempt, 'n' the same where it was
-- not even begun. Returns the ids of those that
-- were not the owner's and have not ended so before.
--
-- The ids are sorted: rows are locked in their order.
CREATE FUNCTION :schema.finish_jobs(
  owner uuid, ids uuid[], terms bigint[], outcomes text[], results bytea[], error_codes smallint[],
  errors text[], failed_steps text[], waits bigint[])
  RETURNS SETOF uuid
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
  SET jit = off
  SET plan_cache_mode = force_generic_plan
AS $f$
DECLARE
  ended bigint := 0;
  moved bigint := 0;
  has_final boolean := outcomes && ARRAY['S', 'F', 'C'];
  has_other boolean := outcomes && ARRAY['r', 'z', 'g', 'n'];
  moved_ids uuid[];
  moved_queues integer[];
  cancelled_ids uuid[];
  first_queue integer;
  last_queue integer;
  ended_well bigint;
  ended_badly bigint;
  slot_ids uuid[];
  unique_ids uuid[];
BEGIN
  IF has_final THEN
    WITH gone AS (
      DELETE FROM :schema.live AS live
      USING unnest(ids, terms, outcomes, results, error_codes, errors, failed_steps)
        AS given (id, term, outcome, result, error_code, error, failed_step)
      WHERE live.job_id = given.id AND live.term = given.term AND live.owner_id = owner
        AND live.state = 'r' AND given.outcome IN ('S', 'F', 'C')
      RETURNING live.job_id, live.queue_id, live.attempt, live.crashes, live.claimed_at, live.term,
                live.holds_slot, live.unique_among, given.outcome, given.result, given.error_code,
                given.error, given.failed_step
    ), kept AS (
      INSERT INTO :schema.finished (job_id, started_at, term, owner_id, queue_id, attempt, crashes,
                                    error_code, state, error, failed_step, result)
      SELECT job_id, claimed_at, term, owner, queue_id, attempt, crashes,
             CASE WHEN outcome <> 'S' THEN error_code END, outcome::"char",
             CASE WHEN outcome <> 'S' THEN error END, CASE WHEN outcome <> 'S' THEN failed_step END,
             CASE WHEN outcome = 'S' THEN result END
      FROM gone
    )
    SELECT count(*), min(gone.queue_id), max(gone.queue_id),
           count(*) FILTER (WHERE gone.outcome = 'S'), count(*) FILTER (WHERE gone.outcome = 'F'),
           array_agg(gone.job_id) FILTER (WHERE gone.holds_slot),
           array_agg(gone.job_id) FILTER (WHERE gone.unique_among > 0)
    INTO ended, first_queue, last_queue, ended_well, ended_badly, slot_ids, unique_ids
    FROM gone;
    IF first_queue = last_queue THEN
      INSERT INTO :schema.queue_changes (queue_id, running, succeeded, failed, cancelled)
      VALUES (first_queue, -ended, ended_well, ended_badly, ended - ended_well - ended_badly);
    ELSIF ended > 0 THEN
      INSERT INTO :schema.queue_changes (queue_id, running, succeeded, failed, cancelled)
      SELECT finished.queue_id, -count(*), count(*) FILTER (WHERE finished.state = 'S'),
             count(*) FILTER (WHERE finished.state = 'F'), count(*) FILTER (WHERE finished.state = 'C')
      FROM unnest(ids, terms) AS given (id, term)
      JOIN :schema.finished AS finished
        ON finished.job_id = given.id AND finished.term = given.term AND finished.owner_id = owner
      -- Not those of an earlier call that is repeated.
      WHERE finished.finished_at = now()
      GROUP BY finished.queue_id;
    END IF;
    IF slot_ids IS NOT NULL THEN
      INSERT INTO :schema.key_changes (queue_id, concurrency_key, freed)
      SELECT jobs.queue_id, jobs.concurrency_key, count(*)
      FROM :schema.jobs AS jobs
      WHERE jobs.job_id = ANY (slot_ids)
      GROUP BY jobs.queue_id, jobs.concurrency_key;
    END IF;
    IF unique_ids IS NOT NULL THEN
      PERFORM :schema.release_keys(unique_ids);
    END IF;
  END IF;

  IF has_other THEN
    WITH found AS MATERIALIZED (
      SELECT given.*, live.holds_slot
      FROM unnest(ids, terms, outcomes, error_codes, errors, failed_steps, waits)
        AS given (id, term, outcome, error_code, error, failed_step, wait)
      JOIN :schema.live AS live
        ON live.job_id = given.id AND live.term = given.term AND live.owner_id = owner
        AND live.state = 'r'
      WHERE given.outcome IN ('r', 'z', 'g', 'n')
      FOR UPDATE OF live
    ), back AS (
      UPDATE :schema.live AS live
      SET state = CASE WHEN found.outcome IN ('g', 'n') THEN 'q'::"char" ELSE 's'::"char" END,
          attempt = live.attempt - CASE WHEN found.outcome = 'r' THEN 0 ELSE 1 END,
          run_at = CASE WHEN found.outcome IN ('r', 'z')
                        THEN now() + found.wait * interval '1 microsecond' ELSE live.run_at END,
          rank = CASE WHEN found.outcome IN ('r', 'z')
                      THEN now() + found.wait * interval '1 microsecond' + (live.rank - live.run_at)
                      ELSE live.rank END,
          owner_id = NULL, term = NULL, claimed_at = NULL,
          holds_slot = live.holds_slot AND found.outcome IN ('g', 'n'),
          was_begun = live.was_begun OR found.outcome <> 'n',
          error_code = CASE WHEN found.outcome IN ('r', 'z') THEN found.error_code ELSE live.error_code END,
          error = CASE WHEN found.outcome IN ('r', 'z') THEN found.error ELSE live.error END,
          failed_step = CASE WHEN found.outcome IN ('r', 'z') THEN found.failed_step ELSE live.failed_step END
      FROM found
      WHERE live.job_id = found.id
      RETURNING live.job_id, live.queue_id, live.state, live.concurrency_key, live.cancel_requested,
                found.holds_slot AND found.outcome IN ('r', 'z') AS frees
    ), freed AS (
      INSERT INTO :schema.key_changes (queue_id, concurrency_key, freed)
      SELECT back.queue_id, back.concurrency_key, count(*)
      FROM back WHERE frees
      GROUP BY back.queue_id, back.concurrency_key
    ), counted AS (
      INSERT INTO :schema.queue_changes (queue_id, running, queued, scheduled)
      SELECT queue_id, -count(*), count(*) FILTER (WHERE state = 'q'), count(*) FILTER (WHERE state = 's')
      FROM back GROUP BY queue_id
    )
    SELECT array_agg(back.job_id), count(*), array_agg(DISTINCT back.queue_id),
           array_agg(back.job_id) FILTER (WHERE back.cancel_requested)
    INTO moved_ids, moved, moved_queues, cancelled_ids
    FROM back;
    -- Cancelling was asked for while they ran and nobody has heard it.
    PERFORM :schema.cancel_job(id) FROM unnest(cancelled_ids) AS id;
    IF moved > 0 THEN
      PERFORM :schema.wake_sleepers(moved_queues, moved);
    END IF;
  END IF;

  IF ended > 0 THEN
    -- 8,000 bytes are the most that a notification has; those who wait for other jobs then look.
    PERFORM pg_notify(:schema.finished_channel(),
                      CASE WHEN cardinality(ids) > 200 THEN '*' ELSE array_to_string(ids, ',') END);
  END IF;

  IF ended + moved < cardinality(ids) THEN
    RETURN QUERY
      SELECT given.id
      FROM unnest(ids, terms, outcomes) AS given (id, term, outcome)
      WHERE NOT given.id = ANY (COALESCE(moved_ids, '{}'))
        AND NOT EXISTS (
          SELECT FROM :schema.finished AS finished
          WHERE finished.job_id = given.id AND finished.term = given.term
            AND finished.owner_id = owner AND finished.state = given.outcome::"char");
  END IF;
END
$f$;
