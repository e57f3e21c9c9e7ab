-- Items that jobs hand over to others, as jobs of their own: batches of the items of a collection.
--
-- A job that has handed items over has the state 'w' in `live`: it belongs to nobody, holds no slot of its
-- concurrency key, and is counted, and shown, as running. Its attempt is one less than the one that it is in,
-- as the claim that goes on with it counts it again.
--
-- Rows are locked in this order, so that nobody waits in a circle: of `live` and `finished` by id, with a job
-- before its batches, whose ids are larger than its own; then of item_batches by job_id; then of fan_outs. Upkeep
-- has rows of `live` in no order, and passes over those that others have.

-- ---- Tables ----

-- Parents that wait.
CREATE INDEX live_parents ON :schema.live (job_id) WHERE state = 'w';

-- What a job has handed over at one place.
CREATE TABLE :schema.fan_outs (
  parent_id uuid NOT NULL,
  key bytea NOT NULL,
  -- The last attempt that has handed it over wholly; 0 where none has since it was retried.
  attempt smallint NOT NULL,
  -- Of the last call: the parent's term, the attempt that it was in, and when that one's time is over; null: never.
  term bigint NOT NULL,
  called_in smallint NOT NULL,
  called_at timestamptz NOT NULL,
  deadline timestamptz,
  -- Its parent has failed or was cancelled, and upkeep has nothing to do until it is retried or removed.
  is_settled boolean NOT NULL DEFAULT false,
  -- Its parent need not wait for it, which was known before the last call under this term.
  is_decided boolean NOT NULL DEFAULT false,
  -- The first of the items' steps.
  step text NOT NULL,
  shared_inputs bytea NOT NULL,
  PRIMARY KEY (parent_id, key)
) WITH (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0
);
-- What upkeep looks at.
CREATE INDEX fan_outs_unsettled ON :schema.fan_outs (parent_id) WHERE NOT is_settled;

-- The items of one child, and what it has made of them. Of one that has ended without results nothing is
-- noted here, so that its end costs nothing; once its parent has ended all its items are noted as failed.
CREATE TABLE :schema.item_batches (
  job_id uuid NOT NULL PRIMARY KEY,
  parent_id uuid NOT NULL,
  key bytea NOT NULL,
  items integer NOT NULL,
  done integer NOT NULL DEFAULT 0,
  failed integer NOT NULL DEFAULT 0,
  -- The parent's, when it was handed over; 0 where that was before it was retried.
  attempt smallint NOT NULL,
  parent_term bigint NOT NULL,
  -- Null until they are stored.
  results bytea
) WITH (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX item_batches_of_parent ON :schema.item_batches (parent_id, key, job_id);
-- Among which those are that may be open.
CREATE INDEX item_batches_open ON :schema.item_batches (parent_id) WHERE results IS NULL;

-- How far the steps of running jobs are, under the term in which they said it. Not logged: they say it again.
CREATE UNLOGGED TABLE :schema.job_progress (
  job_id uuid NOT NULL,
  term bigint NOT NULL,
  position integer NOT NULL,
  step text NOT NULL,
  total bigint NOT NULL,
  done bigint NOT NULL,
  failed bigint NOT NULL,
  running bigint NOT NULL,
  PRIMARY KEY (job_id, position)
) WITH (
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0
);

-- Workers have these rights before anybody grants them anew: who has them on `live`, and works.
DO $do$
DECLARE
  given record;
  new_table text;
BEGIN
  FOR given IN
    SELECT CASE rights.grantee WHEN 0 THEN 'PUBLIC' ELSE rights.grantee::regrole::text END AS role,
           string_agg(rights.privilege_type, ', ') AS privileges
    FROM pg_class AS classes
    CROSS JOIN LATERAL aclexplode(classes.relacl) AS rights
    WHERE classes.oid = to_regclass($name$:schema.live$name$) AND rights.grantee <> classes.relowner
      AND rights.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    GROUP BY rights.grantee
    -- Those who only read were given that table by table.
    HAVING bool_or(rights.privilege_type = 'DELETE')
  LOOP
    FOREACH new_table IN ARRAY ARRAY[$name$:schema.fan_outs$name$, $name$:schema.item_batches$name$,
                                     $name$:schema.job_progress$name$] LOOP
      EXECUTE format('GRANT %s ON %s TO %s', given.privileges, new_table, given.role);
    END LOOP;
  END LOOP;
END
$do$;

-- ---- Parents ----

-- Whether a parent has to wait for any of its batches. One whose results are there is over, though its job may
-- not have ended yet, and one that is to be cancelled is in vain.
CREATE FUNCTION :schema.has_open_batches(parent uuid) RETURNS boolean
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
  SET max_parallel_workers_per_gather = 0
  SET plan_cache_mode = force_generic_plan
AS $f$
BEGIN
  -- Not as a join, which may begin with all jobs that there are.
  RETURN EXISTS (
    SELECT FROM :schema.item_batches AS batches
    WHERE batches.parent_id = parent AND batches.results IS NULL
      AND COALESCE((SELECT NOT live.cancel_requested FROM :schema.live AS live
                    WHERE live.job_id = batches.job_id), false));
END
$f$;

-- Queues parents that wait and have no open batches, and, where `at_once`, those that have; of the latter only
-- those that have handed over under that term last. One that has not said the last of it yet is noted, and does not
-- begin to wait. Called after the ends of children are committed: of two that end at the same time the later call
-- finds none open.
--
-- A parent's row is not locked while others of its batches are open, as all that end would queue for it. Where the
-- caller may not wait, as it has rows already, parents that others have are left to the next call. Returns how many
-- are queued.
CREATE FUNCTION :schema.resume_parents(ids uuid[], at_once boolean[], terms bigint[], may_wait boolean)
  RETURNS integer
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
  SET plan_cache_mode = force_generic_plan
AS $f$
DECLARE
  parent record;
  found_job :schema.live;
  new_state "char";
  resumed integer := 0;
BEGIN
  -- Where it is forgotten upkeep does it.
  PERFORM set_config('synchronous_commit', 'off', true);
  FOR parent IN
    SELECT given.id, array_agg(given.term) FILTER (WHERE given.is_at_once) AS terms
    FROM unnest(ids, at_once, terms) AS given (id, is_at_once, term)
    GROUP BY given.id
    ORDER BY given.id
  LOOP
    CONTINUE WHEN parent.terms IS NULL AND :schema.has_open_batches(parent.id);
    -- By its id alone: it may be about to wait, which shows when it is locked.
    IF may_wait THEN
      SELECT * INTO found_job FROM :schema.live AS live WHERE live.job_id = parent.id FOR UPDATE;
    ELSE
      SELECT * INTO found_job FROM :schema.live AS live WHERE live.job_id = parent.id FOR UPDATE SKIP LOCKED;
    END IF;
    CONTINUE WHEN NOT FOUND;
    IF found_job.state = 'r' AND found_job.term = ANY (parent.terms) THEN
      UPDATE :schema.fan_outs AS fan_outs
      SET is_decided = true
      WHERE fan_outs.parent_id = parent.id AND fan_outs.term = found_job.term AND NOT fan_outs.is_decided;
    END IF;
    CONTINUE WHEN found_job.state <> 'w';
    -- Terms grow. It may have handed over more before it was locked.
    CONTINUE WHEN NOT COALESCE((SELECT max(fan_outs.term) FROM :schema.fan_outs AS fan_outs
                                WHERE fan_outs.parent_id = parent.id) = ANY (parent.terms), false)
                  AND :schema.has_open_batches(parent.id);
    SELECT CASE WHEN found_job.concurrency_key IS NOT NULL AND queues.key_limit > 0 THEN 'b'
                ELSE 'q' END::"char"
    INTO new_state
    FROM :schema.queues AS queues
    WHERE queues.queue_id = found_job.queue_id;
    UPDATE :schema.live AS live SET state = new_state, claimed_at = NULL WHERE live.job_id = parent.id;
    IF new_state = 'b' THEN
      INSERT INTO :schema.key_changes (queue_id, concurrency_key, freed)
      VALUES (found_job.queue_id, found_job.concurrency_key, 0);
    END IF;
    INSERT INTO :schema.queue_changes (queue_id, queued, running) VALUES (found_job.queue_id, 1, -1);
    PERFORM :schema.wake_sleepers(ARRAY[found_job.queue_id], 1);
    resumed := resumed + 1;
  END LOOP;
  RETURN resumed;
END
$f$;

-- Hands items over: makes jobs of the batches, in the place of their parent, which is running for the owner
-- under this term; with the last call the parent begins to wait. `time_left` to its attempt is in microseconds,
-- null for no limit. Returns 'ok'; 'lost' where the parent is not the owner's any more; 'cancelled' where that
-- was requested. Batches that are there are left as they are, so that a call may be repeated.
CREATE FUNCTION :schema.hand_over_items(
  owner uuid, parent uuid, parent_term bigint, fan_out_key bytea, first_step text, made_type text,
  parent_attempt smallint, time_left bigint, shared bytea, ids uuid[], all_inputs bytea[],
  item_counts integer[], is_last boolean)
  RETURNS text
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
  SET plan_cache_mode = force_generic_plan
AS $f$
DECLARE
  found_job :schema.live;
  asked :schema.jobs;
  is_keyed boolean;
  added bigint;
BEGIN
  SELECT * INTO found_job FROM :schema.live AS live WHERE live.job_id = parent FOR UPDATE;
  IF NOT FOUND OR found_job.state <> 'r' OR found_job.owner_id <> owner OR found_job.term <> parent_term THEN
    -- It may be so because this call was done before, and its answer was lost.
    IF cardinality(ids) > 0 THEN
      RETURN CASE WHEN NOT EXISTS (
               SELECT FROM unnest(ids) AS given (id)
               WHERE NOT EXISTS (
                 SELECT FROM :schema.item_batches AS batches
                 WHERE batches.job_id = given.id AND batches.parent_id = parent
                   AND batches.key = fan_out_key))
             THEN 'ok' ELSE 'lost' END;
    END IF;
    RETURN CASE WHEN is_last AND found_job.state = 'w' AND EXISTS (
             SELECT FROM :schema.fan_outs AS fan_outs
             WHERE fan_outs.parent_id = parent AND fan_outs.key = fan_out_key
               AND fan_outs.attempt = parent_attempt AND fan_outs.term = parent_term)
           THEN 'ok' ELSE 'lost' END;
  END IF;
  IF found_job.cancel_requested THEN
    RETURN 'cancelled';
  END IF;
  SELECT * INTO asked FROM :schema.jobs AS jobs WHERE jobs.job_id = parent;
  SELECT found_job.concurrency_key IS NOT NULL AND queues.key_limit > 0 INTO is_keyed
  FROM :schema.queues AS queues
  WHERE queues.queue_id = found_job.queue_id;

  WITH given AS MATERIALIZED (
    SELECT given.*
    FROM unnest(ids, all_inputs, item_counts) AS given (id, inputs, items)
    WHERE NOT EXISTS (SELECT FROM :schema.item_batches AS batches
                      WHERE batches.job_id = given.id AND batches.parent_id = parent
                        AND batches.key = fan_out_key)
  ), asked_for AS (
    -- Without a timeout: the parent's is theirs.
    INSERT INTO :schema.jobs (job_id, backoff, longest_backoff, queue_id, priority, max_attempts, graph,
                              output_type, inputs, concurrency_key, tags, metadata, parent_id)
    SELECT given.id, asked.backoff, asked.longest_backoff, asked.queue_id, asked.priority,
           asked.max_attempts, asked.graph, made_type, given.inputs, asked.concurrency_key, asked.tags,
           asked.metadata, parent
    FROM given
  ), waits AS (
    INSERT INTO :schema.live (job_id, run_at, rank, queue_id, state, concurrency_key)
    SELECT given.id, found_job.run_at, found_job.rank, found_job.queue_id,
           CASE WHEN is_keyed THEN 'b' ELSE 'q' END::"char", found_job.concurrency_key
    FROM given
  ), noted AS (
    INSERT INTO :schema.item_batches (job_id, parent_id, key, items, attempt, parent_term)
    SELECT given.id, parent, fan_out_key, given.items, parent_attempt, hand_over_items.parent_term
    FROM given
  )
  SELECT count(*) INTO added FROM given;

  INSERT INTO :schema.fan_outs AS present (parent_id, key, attempt, term, called_in, called_at, deadline,
                                           step, shared_inputs)
  VALUES (parent, fan_out_key, CASE WHEN is_last THEN parent_attempt ELSE 0 END, hand_over_items.parent_term,
          parent_attempt, clock_timestamp(), clock_timestamp() + time_left * interval '1 microsecond', first_step,
          shared)
  ON CONFLICT (parent_id, key) DO UPDATE
  SET attempt = CASE WHEN is_last THEN excluded.attempt ELSE present.attempt END,
      term = excluded.term, is_decided = present.is_decided AND present.term = excluded.term,
      called_in = excluded.called_in, called_at = excluded.called_at, deadline = excluded.deadline,
      is_settled = false, step = excluded.step,
      -- What is as it was is not written again: it may be large.
      shared_inputs = CASE WHEN present.shared_inputs = excluded.shared_inputs THEN present.shared_inputs
                           ELSE excluded.shared_inputs END;

  IF is_last THEN
    UPDATE :schema.live AS live
    SET state = 'w', attempt = live.attempt - 1, owner_id = NULL, term = NULL, was_begun = true,
        is_started = false, holds_slot = false
    WHERE live.job_id = parent;
    -- What it said in another term is not shown while it waits.
    DELETE FROM :schema.job_progress AS progress
    WHERE progress.job_id = parent AND progress.term <> parent_term;
  END IF;
  IF added > 0 THEN
    INSERT INTO :schema.queue_changes (queue_id, queued) VALUES (found_job.queue_id, added);
  END IF;
  -- That its children came, and that the parent gives its place to one.
  IF (is_keyed AND added > 0) OR (is_last AND found_job.holds_slot) THEN
    INSERT INTO :schema.key_changes (queue_id, concurrency_key, freed)
    VALUES (found_job.queue_id, found_job.concurrency_key,
            (is_last AND found_job.holds_slot)::integer);
  END IF;
  IF added > 0 THEN
    PERFORM :schema.wake_sleepers(ARRAY[found_job.queue_id], added);
  END IF;
  -- All may be done already, or in vain: nobody would resume it.
  IF is_last AND (NOT :schema.has_open_batches(parent) OR EXISTS (
       SELECT FROM :schema.fan_outs AS fan_outs
       WHERE fan_outs.parent_id = parent AND fan_outs.term = hand_over_items.parent_term
         AND fan_outs.is_decided)) THEN
    PERFORM :schema.resume_parents(ARRAY[parent], ARRAY[true], ARRAY[hand_over_items.parent_term], true);
  END IF;
  RETURN 'ok';
END
$f$;

-- The batches of a parent at one place, in the order of their ids, from the one after `after_id`.
CREATE FUNCTION :schema.list_item_batches(parent uuid, fan_out_key bytea, after_id uuid, most integer)
  RETURNS TABLE (job_id uuid, attempt smallint, items integer, is_open boolean, results bytea,
                 error_code smallint, error text)
  LANGUAGE plpgsql STABLE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
  SET plan_cache_mode = force_generic_plan
AS $f$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT batches.job_id, batches.attempt, batches.items, COALESCE(NOT live.cancel_requested, false),
           batches.results,
           -- One that was cancelled while it waited has the code of its last attempt, or none.
           CASE WHEN live.cancel_requested OR finished.state = 'C' THEN 1
                WHEN finished.state = 'F' THEN finished.error_code END::smallint,
           CASE WHEN live.cancel_requested THEN 'its cancellation was requested'
                WHEN finished.state <> 'S' THEN finished.error END
    FROM :schema.item_batches AS batches
    LEFT JOIN :schema.live AS live ON live.job_id = batches.job_id
    LEFT JOIN :schema.finished AS finished ON finished.job_id = batches.job_id
    -- As ranges, so that no other index will do.
    WHERE (batches.parent_id, batches.key, batches.job_id) > (parent, fan_out_key, after_id)
      AND batches.parent_id <= parent AND (batches.parent_id, batches.key) <= (parent, fan_out_key)
    ORDER BY batches.parent_id, batches.key, batches.job_id
    LIMIT GREATEST(most, 0);
END
$f$;

-- Cancels the jobs of batches of these parents that have not ended, in the order of their ids: of those that were
-- handed over under these terms, or earlier ones. Where the caller may not wait, as it has rows already, jobs that
-- others have are left to the next call.
CREATE FUNCTION :schema.cancel_batches(parents uuid[], up_to_terms bigint[], may_wait boolean) RETURNS bigint
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
  SET plan_cache_mode = force_generic_plan
AS $f$
DECLARE
  child uuid;
  cancelled bigint := 0;
BEGIN
  FOR child IN
    SELECT picked.job_id
    FROM unnest(parents, up_to_terms) AS given (parent, up_to_term)
    CROSS JOIN LATERAL (
      SELECT batches.job_id
      FROM :schema.item_batches AS batches
      WHERE batches.parent_id = given.parent AND batches.parent_term <= given.up_to_term
      ORDER BY batches.parent_id, batches.key, batches.job_id
      -- Kept as it is, so that it is read before jobs are.
      OFFSET 0
    ) AS picked
    WHERE COALESCE((SELECT NOT live.cancel_requested FROM :schema.live AS live
                    WHERE live.job_id = picked.job_id), false)
    ORDER BY picked.job_id
  LOOP
    IF NOT may_wait THEN
      PERFORM FROM :schema.live AS live WHERE live.job_id = child FOR UPDATE SKIP LOCKED;
      CONTINUE WHEN NOT FOUND;
    END IF;
    PERFORM :schema.cancel_job(child);
    cancelled := cancelled + 1;
  END LOOP;
  RETURN cancelled;
END
$f$;

-- ---- Children ----

-- What children have made of their items, of those that run for the owner under these terms. The ids are sorted.
CREATE FUNCTION :schema.store_item_results(owner uuid, ids uuid[], terms bigint[], all_done integer[],
                                           all_failed integer[], all_results bytea[]) RETURNS void
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
  SET plan_cache_mode = force_generic_plan
AS $f$
BEGIN
  -- The ends of the children come after it, and are on the disk only where this is.
  PERFORM set_config('synchronous_commit', 'off', true);
  WITH held AS MATERIALIZED (
    SELECT given.*
    FROM unnest(ids, terms, all_done, all_failed, all_results) AS given (id, term, done, failed, results)
    JOIN :schema.live AS live
      ON live.job_id = given.id AND live.term = given.term AND live.owner_id = owner AND live.state = 'r'
    -- So that nobody else gets it before this is stored.
    FOR SHARE OF live
  )
  UPDATE :schema.item_batches AS batches
  SET done = held.done, failed = held.failed, results = held.results
  FROM held
  WHERE batches.job_id = held.id;
END
$f$;

-- How far the steps of jobs are: `numbers` says of each step which of the ids it belongs to, from 1. Of jobs that
-- run for the owner; it takes the place of what was said of them before.
CREATE FUNCTION :schema.publish_progress(owner uuid, ids uuid[], numbers integer[], steps text[],
                                         totals bigint[], all_done bigint[], all_failed bigint[],
                                         all_running bigint[]) RETURNS void
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
  SET plan_cache_mode = force_generic_plan
AS $f$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  DELETE FROM :schema.job_progress AS progress
  USING :schema.live AS live
  WHERE progress.job_id = ANY (ids)
    AND live.job_id = progress.job_id AND live.owner_id = owner AND live.state = 'r';
  INSERT INTO :schema.job_progress (job_id, term, position, step, total, done, failed, running)
  SELECT live.job_id, live.term, given.position, given.step, given.total, given.done, given.failed,
         given.running
  FROM unnest(numbers, steps, totals, all_done, all_failed, all_running)
    WITH ORDINALITY AS given (number, step, total, done, failed, running, position)
  JOIN :schema.live AS live
    ON live.job_id = ids[given.number] AND live.owner_id = owner AND live.state = 'r'
  ON CONFLICT DO NOTHING;
END
$f$;

-- How far the steps of a job are: what was published of it, while it runs, and for each step whose items it has
-- handed over what their batches say. Of a batch that runs what was published of it counts; the items of one that
-- has ended without results have failed.
CREATE FUNCTION :schema.find_progress(id uuid)
  RETURNS TABLE (step text, total bigint, done bigint, failed bigint, running bigint)
  LANGUAGE plpgsql STABLE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
  SET plan_cache_mode = force_generic_plan
AS $f$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    WITH places AS MATERIALIZED (
      -- Of several at one step the last.
      SELECT DISTINCT ON (fan_outs.step) fan_outs.step, fan_outs.key, fan_outs.called_at
      FROM :schema.fan_outs AS fan_outs
      WHERE fan_outs.parent_id = id
      ORDER BY fan_outs.step, fan_outs.called_at DESC
    ), lines AS (
      SELECT progress.position, NULL::timestamptz AS called_at, progress.step, progress.total, progress.done,
             progress.failed, progress.running
      FROM :schema.live AS live
      JOIN :schema.job_progress AS progress ON progress.job_id = live.job_id
      WHERE live.job_id = id AND (live.state = 'w' OR (live.state = 'r' AND progress.term = live.term))
        AND NOT EXISTS (SELECT FROM places WHERE places.step = progress.step)
      UNION ALL
      SELECT NULL, places.called_at, places.step, COALESCE(sums.items, 0), COALESCE(sums.done, 0),
             COALESCE(sums.failed, 0), COALESCE(sums.running, 0)
      FROM places
      CROSS JOIN LATERAL (
        SELECT sum(batches.items) AS items,
               sum(CASE WHEN batches.results IS NOT NULL THEN batches.done
                        WHEN live.job_id IS NULL THEN batches.items
                        WHEN live.state = 'r' THEN LEAST(COALESCE(furthest.done, 0), batches.items)
                        ELSE 0 END)::bigint AS done,
               sum(CASE WHEN batches.results IS NOT NULL THEN batches.failed
                        WHEN live.job_id IS NULL THEN batches.items
                        WHEN live.state = 'r' THEN LEAST(COALESCE(furthest.failed, 0), batches.items)
                        ELSE 0 END)::bigint AS failed,
               sum(CASE WHEN batches.results IS NULL AND live.state = 'r'
                        THEN batches.items - LEAST(COALESCE(furthest.done, 0), batches.items)
                        ELSE 0 END)::bigint AS running
        FROM :schema.item_batches AS batches
        LEFT JOIN :schema.live AS live ON live.job_id = batches.job_id
        LEFT JOIN LATERAL (
          SELECT progress.done, progress.failed
          FROM :schema.job_progress AS progress
          WHERE progress.job_id = live.job_id AND progress.term = live.term
          ORDER BY progress.done DESC, progress.position
          LIMIT 1
        ) AS furthest ON true
        WHERE batches.parent_id = id AND batches.key = places.key
      ) AS sums
    )
    SELECT lines.step, lines.total, lines.done, lines.failed, lines.running
    FROM lines
    ORDER BY lines.position NULLS LAST, lines.called_at, lines.step;
END
$f$;

-- ---- What was there, for jobs that wait for their items ----

-- As in 0003, and: one that waits for its items runs.
CREATE OR REPLACE FUNCTION :schema.is_free(id uuid, expires_at timestamptz) RETURNS boolean
  LANGUAGE sql VOLATILE AS $f$
    SELECT COALESCE(expires_at <= now(), false)
      OR EXISTS (SELECT FROM :schema.live AS live
                 WHERE live.job_id = id AND live.unique_among = 1 AND live.state IN ('r', 'w'))
  $f$;

-- As in 0004, and: rows are locked in the order of the ids, also where some jobs have ended and others have not.
ALTER FUNCTION :schema.finish_jobs(uuid, uuid[], bigint[], text[], bytea[], smallint[], text[], text[], bigint[])
  RENAME TO finish_any_jobs;
CREATE FUNCTION :schema.finish_jobs(
  owner uuid, ids uuid[], terms bigint[], outcomes text[], results bytea[], error_codes smallint[],
  errors text[], failed_steps text[], waits bigint[])
  RETURNS SETOF uuid
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
  SET plan_cache_mode = force_generic_plan
AS $f$
BEGIN
  IF outcomes && ARRAY['S', 'F', 'C'] AND outcomes && ARRAY['r', 'z', 'g', 'n'] THEN
    PERFORM FROM unnest(ids, terms) AS given (id, term)
    JOIN :schema.live AS live
      ON live.job_id = given.id AND live.term = given.term AND live.owner_id = owner AND live.state = 'r'
    ORDER BY given.id
    FOR UPDATE OF live;
  END IF;
  RETURN QUERY
    SELECT :schema.finish_any_jobs(owner, ids, terms, outcomes, results, error_codes, errors, failed_steps,
                                   waits);
END
$f$;

-- As in 0005, and: with a job its open batches are cancelled, also where it runs and is only asked.
ALTER FUNCTION :schema.cancel_job(uuid) RENAME TO cancel_any_job;
CREATE FUNCTION :schema.cancel_job(id uuid) RETURNS text
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
AS $f$
DECLARE
  found_job :schema.live;
  is_parent boolean;
  state text;
BEGIN
  SELECT * INTO found_job FROM :schema.live AS live WHERE live.job_id = id FOR UPDATE;
  is_parent := COALESCE(found_job.state = 'w', false);
  IF is_parent THEN
    -- It belongs to nobody: it ends as one that is queued does, and has run.
    UPDATE :schema.live AS live SET state = 'q', attempt = live.attempt + 1 WHERE live.job_id = id;
    INSERT INTO :schema.queue_changes (queue_id, queued, running) VALUES (found_job.queue_id, 1, -1);
  END IF;
  state := :schema.cancel_any_job(id);
  IF is_parent THEN
    UPDATE :schema.finished AS finished SET started_at = found_job.claimed_at WHERE finished.job_id = id;
  END IF;
  IF state IN ('cancelled', 'running')
     AND EXISTS (SELECT FROM :schema.item_batches AS batches WHERE batches.parent_id = id) THEN
    PERFORM :schema.cancel_batches(ARRAY[id], ARRAY[9223372036854775807], true);
  END IF;
  RETURN state;
END
$f$;

-- As in 0006, and: one that waits for its items runs.
ALTER FUNCTION :schema.change_job(uuid, timestamptz, smallint, bytea) RENAME TO change_any_job;
CREATE FUNCTION :schema.change_job(id uuid, new_run_at timestamptz, new_priority smallint, new_inputs bytea)
  RETURNS text
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
AS $f$
DECLARE
  found_state "char";
BEGIN
  SELECT live.state INTO found_state FROM :schema.live AS live WHERE live.job_id = id FOR UPDATE;
  IF found_state = 'w' THEN
    RETURN 'running';
  END IF;
  RETURN :schema.change_any_job(id, new_run_at, new_priority, new_inputs);
END
$f$;

-- As in 0006, and: a parent begins anew with what its batches have made, and one that waits for its items runs.
CREATE OR REPLACE FUNCTION :schema.retry_job(id uuid) RETURNS text
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
AS $f$
DECLARE
  was text;
  parent uuid;
BEGIN
  -- So that nobody fires a tick for which it is over.
  PERFORM FROM :schema.schedules AS schedules WHERE schedules.last_job_id = id FOR UPDATE;
  was := :schema.retry_any_job(id);
  IF was IN ('failed', 'cancelled') THEN
    UPDATE :schema.live AS live
    SET schedule_id = schedules.schedule_id
    FROM :schema.schedules AS schedules
    WHERE schedules.last_job_id = id AND live.job_id = id;
    -- A child is open again, whatever it had made; upkeep cancels it where its parent has ended.
    UPDATE :schema.item_batches AS batches
    SET done = 0, failed = 0, results = NULL
    WHERE batches.job_id = id
    RETURNING batches.parent_id INTO parent;
    PERFORM FROM :schema.item_batches AS batches WHERE batches.parent_id = id ORDER BY batches.job_id FOR UPDATE;
    UPDATE :schema.item_batches AS batches SET attempt = 0 WHERE batches.parent_id = id;
    UPDATE :schema.fan_outs AS fan_outs SET is_settled = false WHERE fan_outs.parent_id = parent;
    UPDATE :schema.fan_outs AS fan_outs
    SET attempt = 0, called_in = 0, deadline = NULL, is_settled = false
    WHERE fan_outs.parent_id = id;
  ELSIF was = 'queued'
        AND (SELECT live.state FROM :schema.live AS live WHERE live.job_id = id) = 'w' THEN
    was := 'running';
  END IF;
  RETURN was;
END
$f$;

-- ---- Upkeep ----

-- After finished jobs were removed: what those of them had handed over is needed no more. Waits for no row of
-- `live`, so that it may be called with a lock of all of `jobs`.
CREATE FUNCTION :schema.unsettle_fan_outs() RETURNS void
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
  SET plan_cache_mode = force_generic_plan
AS $f$
BEGIN
  UPDATE :schema.fan_outs AS fan_outs
  SET is_settled = false
  WHERE fan_outs.is_settled
    AND NOT COALESCE((SELECT true FROM :schema.finished AS finished
                      WHERE finished.job_id = fan_outs.parent_id), false);
END
$f$;

-- What nobody has seen to: parents that wait for nothing, batches and progress that nobody needs. Most rounds find
-- nothing, by a look at an index or two. Returns whether there may be more to do.
--
-- Whoever cancels a parent has it and waits for its batches, which upkeep may have: so this waits for no row of
-- `live` or `finished`, and leaves what others have to the next round.
CREATE FUNCTION :schema.maintain_items(batch integer) RETURNS boolean
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
  SET max_parallel_workers_per_gather = 0
  SET jit = off
  SET plan_cache_mode = force_generic_plan
AS $f$
DECLARE
  waiting record;
  parent uuid;
  is_alive boolean;
  ended_as "char";
  rows_left integer := batch;
  moved integer;
  settled integer;
BEGIN
  IF EXISTS (SELECT FROM :schema.live AS live WHERE live.state = 'w') THEN
    SELECT array_agg(live.job_id) AS ids, array_agg(COALESCE(last.is_late, false)) AS late,
           array_agg(last.term) AS terms
    INTO waiting
    FROM :schema.live AS live
    LEFT JOIN LATERAL (
      SELECT fan_outs.deadline <= clock_timestamp() AS is_late, fan_outs.term
      FROM :schema.fan_outs AS fan_outs
      WHERE fan_outs.parent_id = live.job_id
      ORDER BY fan_outs.term DESC, fan_outs.called_at DESC
      LIMIT 1
    ) AS last ON true
    WHERE live.state = 'w';
    PERFORM :schema.resume_parents(waiting.ids, waiting.late, waiting.terms, false);
  END IF;

  IF EXISTS (SELECT FROM :schema.job_progress) THEN
    DELETE FROM :schema.job_progress AS progress
    WHERE NOT EXISTS (SELECT FROM :schema.live AS live WHERE live.job_id = progress.job_id);
  END IF;

  IF NOT EXISTS (SELECT FROM :schema.fan_outs) THEN
    RETURN false;
  END IF;
  FOR parent IN
    SELECT DISTINCT fan_outs.parent_id
    FROM :schema.fan_outs AS fan_outs
    WHERE NOT fan_outs.is_settled
      AND NOT EXISTS (SELECT FROM :schema.live AS live WHERE live.job_id = fan_outs.parent_id)
    ORDER BY fan_outs.parent_id
  LOOP
    -- Somebody may have retried it; both at once, so that it is in one of them unless it was removed.
    SELECT EXISTS (SELECT FROM :schema.live AS live WHERE live.job_id = parent),
           (SELECT finished.state FROM :schema.finished AS finished WHERE finished.job_id = parent)
    INTO is_alive, ended_as;
    CONTINUE WHEN is_alive;
    IF ended_as IS NOT NULL THEN
      -- So that nobody retries it meanwhile.
      PERFORM FROM :schema.finished AS finished WHERE finished.job_id = parent FOR SHARE SKIP LOCKED;
      CONTINUE WHEN NOT FOUND;
    END IF;
    PERFORM :schema.cancel_batches(ARRAY[parent], ARRAY[9223372036854775807], false);
    IF ended_as IN ('F', 'C') THEN
      -- Its next attempt may need what is there. Batches without results are over when their jobs are.
      UPDATE :schema.item_batches AS batches
      SET done = batches.items, failed = batches.items, results = ''
      WHERE batches.parent_id = parent AND batches.results IS NULL
        AND NOT EXISTS (SELECT FROM :schema.live AS live WHERE live.job_id = batches.job_id);
      GET DIAGNOSTICS moved = ROW_COUNT;
      UPDATE :schema.fan_outs AS fan_outs
      SET is_settled = true
      WHERE fan_outs.parent_id = parent
        AND NOT EXISTS (SELECT FROM :schema.item_batches AS batches
                        WHERE batches.parent_id = parent AND batches.results IS NULL);
      GET DIAGNOSTICS settled = ROW_COUNT;
    ELSE
      DELETE FROM :schema.item_batches AS batches
      WHERE batches.job_id = ANY (ARRAY(
        SELECT old.job_id FROM :schema.item_batches AS old WHERE old.parent_id = parent LIMIT rows_left));
      GET DIAGNOSTICS moved = ROW_COUNT;
      DELETE FROM :schema.fan_outs AS fan_outs
      WHERE fan_outs.parent_id = parent
        AND NOT EXISTS (SELECT FROM :schema.item_batches AS batches WHERE batches.parent_id = parent);
      GET DIAGNOSTICS settled = ROW_COUNT;
    END IF;
    rows_left := rows_left - moved - settled;
    IF rows_left <= 0 THEN
      RETURN true;
    END IF;
  END LOOP;
  RETURN false;
END
$f$;

-- The partitions that there are now, in this transaction.
CREATE FUNCTION :schema.partitions() RETURNS oid[]
  LANGUAGE sql VOLATILE AS $f$
    SELECT array_agg(inherits.inhrelid ORDER BY inherits.inhrelid)
    FROM pg_inherits AS inherits
    WHERE inherits.inhparent = to_regclass($name$:schema.jobs$name$)
       OR inherits.inhparent = to_regclass($name$:schema.finished$name$)
  $f$;

-- As in 0006, and: sees to items. Jobs are returned, in the order of their ids, before others are promoted, which
-- passes over those that others have: so that it never has rows that somebody waits for and waits itself.
CREATE OR REPLACE FUNCTION :schema.maintain_jobs(most_crashes integer, keep_succeeded bigint,
                                                 keep_failed bigint, batch integer, lapsed_are_dead boolean)
  RETURNS TABLE (promoted bigint, returned bigint, set_aside bigint, removed bigint, next_due bigint,
                 more boolean, hindrance text, has_due_schedules boolean)
  LANGUAGE plpgsql VOLATILE AS $f$
#variable_conflict use_column
DECLARE
  dropped bigint := 0;
  partitions_before oid[];
  has_locked_jobs boolean := false;
  has_more_items boolean := false;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  SELECT counts.returned, counts.set_aside INTO returned, set_aside
  FROM :schema.return_jobs(most_crashes, lapsed_are_dead) AS counts;
  promoted := :schema.promote_jobs(batch);
  removed := 0;
  IF pg_try_advisory_xact_lock(hashtext($name$:schema.maintain_jobs$name$), 0) THEN
    PERFORM :schema.add_up_queues();
    partitions_before := :schema.partitions();
    IF to_regclass($name$:schema.jobs_$name$
                   || to_char((now() + interval '24 hours') AT TIME ZONE 'UTC', 'YYYYMMDD')) IS NULL THEN
      PERFORM :schema.make_partitions();
    END IF;
    dropped := :schema.drop_partitions(keep_succeeded, keep_failed);
    removed := dropped + :schema.sweep_jobs(keep_succeeded, keep_failed, batch);
    DELETE FROM :schema.schedule_firings AS firings
    WHERE firings.ctid = ANY (ARRAY(
      SELECT old.ctid FROM :schema.schedule_firings AS old
      WHERE old.fired_at <= now() - keep_succeeded * interval '1 microsecond'
      LIMIT batch FOR UPDATE SKIP LOCKED));
    -- Who has made or dropped partitions has locked all of `jobs` and `finished`, for which others wait: it waits
    -- for none of them, and the next round sees to items.
    has_locked_jobs := :schema.partitions() <> partitions_before;
    IF removed > 0 OR has_locked_jobs THEN
      PERFORM :schema.unsettle_fan_outs();
    END IF;
    IF NOT has_locked_jobs THEN
      has_more_items := :schema.maintain_items(batch);
    END IF;
    hindrance := :schema.oldest_transaction();
  END IF;
  SELECT due.next_due, due.has_due_schedules INTO next_due, has_due_schedules
  FROM :schema.find_next_due() AS due;
  more := promoted >= batch OR removed >= batch OR has_locked_jobs OR has_more_items;
  RETURN NEXT;
END
$f$;

-- ---- For readers ----

CREATE OR REPLACE VIEW :schema.job_states AS
  SELECT jobs.job_id, queues.name AS queue, jobs.graph, jobs.output_type,
         CASE WHEN live.state = 's' THEN 'scheduled' WHEN live.state IN ('r', 'w') THEN 'running'
              ELSE 'queued' END AS state,
         jobs.priority, (live.attempt + (live.state = 'w')::integer)::smallint AS attempt,
         jobs.max_attempts, live.crashes, live.cancel_requested,
         jobs.unique_key, jobs.concurrency_key, jobs.tags, jobs.metadata, jobs.submitted_at,
         CASE WHEN live.state NOT IN ('r', 'w') THEN live.run_at END AS run_at,
         CASE WHEN live.state IN ('r', 'w') THEN live.claimed_at END AS started_at,
         NULL::timestamptz AS finished_at,
         CASE WHEN live.state = 'r' THEN live.owner_id END AS owner_id,
         live.error_code, live.error, live.failed_step, jobs.parent_id
  FROM :schema.live AS live
  JOIN :schema.jobs AS jobs USING (job_id)
  JOIN :schema.queues AS queues ON queues.queue_id = live.queue_id
  UNION ALL
  SELECT jobs.job_id, queues.name, jobs.graph, jobs.output_type,
         CASE finished.state WHEN 'S' THEN 'succeeded' WHEN 'F' THEN 'failed' ELSE 'cancelled' END,
         jobs.priority, finished.attempt, jobs.max_attempts, finished.crashes, false,
         jobs.unique_key, jobs.concurrency_key, jobs.tags, jobs.metadata, jobs.submitted_at,
         NULL, finished.started_at, finished.finished_at, finished.owner_id,
         finished.error_code, finished.error, finished.failed_step, jobs.parent_id
  FROM :schema.finished AS finished
  JOIN :schema.jobs AS jobs USING (job_id)
  JOIN :schema.queues AS queues ON queues.queue_id = finished.queue_id;

-- As in 0005, with the parent.
DROP FUNCTION :schema.get_job(uuid);
CREATE FUNCTION :schema.get_job(id uuid)
  RETURNS TABLE (job_id uuid, queue text, graph text, output_type text, state text, priority smallint,
                 attempt smallint, max_attempts smallint, crashes smallint, cancel_requested boolean,
                 unique_key text, concurrency_key text, tags text, metadata jsonb, submitted_at bigint,
                 run_at bigint, started_at bigint, finished_at bigint, owner_id uuid, error_code smallint,
                 error text, failed_step text, inputs bytea, result bytea, parent_id uuid)
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
  parent_id := asked.parent_id;
  IF ended.job_id IS NULL THEN
    state := CASE WHEN waits.state = 's' THEN 'scheduled' WHEN waits.state IN ('r', 'w') THEN 'running'
                  ELSE 'queued' END;
    attempt := waits.attempt + (waits.state = 'w')::integer;
    crashes := waits.crashes;
    cancel_requested := waits.cancel_requested;
    IF waits.state IN ('r', 'w') THEN
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
