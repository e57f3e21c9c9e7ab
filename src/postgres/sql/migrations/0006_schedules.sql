-- Schedules, which make jobs again and again, and changes of jobs that wait.

-- ---- Tables ----

-- What a schedule is: a protograph.ScheduleDefinition in protobuf's JSON mapping. What it is due next is
-- worked out by workers, which know the calendar; the database says when, and who was first.
CREATE TABLE :schema.schedules (
  schedule_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  definition jsonb NOT NULL,
  -- Of the program that gives it in code; empty for others.
  source text COLLATE "C" NOT NULL DEFAULT '',
  -- Drawn anew for each change: what a firing names is what it has read.
  revision bigint NOT NULL,
  is_paused boolean NOT NULL DEFAULT false,
  is_planned boolean NOT NULL DEFAULT false,
  -- Why it is paused, where nobody asked for it.
  problem text NOT NULL DEFAULT '',
  next_tick timestamptz,
  last_tick timestamptz,
  -- The last that has made a job.
  last_run_tick timestamptz,
  -- Its job waits for the end of the last one.
  pending_tick timestamptz,
  -- When a worker is to look at it.
  due_at timestamptz NOT NULL DEFAULT '-infinity',
  last_job_id uuid,
  changed_at timestamptz NOT NULL DEFAULT now(),
  runs bigint NOT NULL DEFAULT 0,
  missed bigint NOT NULL DEFAULT 0,
  overlapped bigint NOT NULL DEFAULT 0,
  failures bigint NOT NULL DEFAULT 0
) WITH (
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX schedules_due ON :schema.schedules (due_at) WHERE NOT is_paused;
CREATE SEQUENCE :schema.schedule_revisions;
GRANT USAGE ON SEQUENCE :schema.schedule_revisions TO PUBLIC;

-- What has become of ticks: 'f' fired, 'o' overlapped, 'p' pending, 'r' refused.
CREATE TABLE :schema.schedule_firings (
  schedule_id integer NOT NULL,
  tick timestamptz NOT NULL,
  outcome "char" NOT NULL,
  job_id uuid,
  fired_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  owner_id uuid,
  PRIMARY KEY (schedule_id, tick)
);
CREATE INDEX schedule_firings_by_time ON :schema.schedule_firings (fired_at);

-- Jobs of schedules that have ended: appended, so that nobody waits for a schedule's row, and worked off by
-- fold_schedule_ends. No index: there are few rows at any time.
CREATE TABLE :schema.schedule_ends (
  end_id bigint GENERATED ALWAYS AS IDENTITY,
  schedule_id integer NOT NULL,
  state "char" NOT NULL
) WITH (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0
);

-- Of jobs that a schedule has made.
ALTER TABLE :schema.live ADD COLUMN schedule_id integer;
-- Vacuum reads the indexes whole: where a million jobs wait for next year, it would do so for every 20,000 that
-- are done now.
ALTER TABLE :schema.live SET (autovacuum_vacuum_scale_factor = 0.2, autovacuum_vacuum_insert_scale_factor = 0.2);

CREATE FUNCTION :schema.note_schedule_end() RETURNS trigger
  LANGUAGE plpgsql VOLATILE AS $f$
BEGIN
  INSERT INTO :schema.schedule_ends (schedule_id, state)
  VALUES (OLD.schedule_id, COALESCE((SELECT finished.state FROM :schema.finished AS finished
                                     WHERE finished.job_id = OLD.job_id), 'C'));
  IF EXISTS (SELECT FROM :schema.schedules AS schedules
             WHERE schedules.schedule_id = OLD.schedule_id AND schedules.pending_tick IS NOT NULL) THEN
    PERFORM pg_notify(:schema.work_channel(), 'd');
  END IF;
  RETURN NULL;
END
$f$;
-- Other jobs pay for a look at the column.
CREATE TRIGGER note_schedule_end AFTER DELETE ON :schema.live FOR EACH ROW
  WHEN (OLD.schedule_id IS NOT NULL) EXECUTE FUNCTION :schema.note_schedule_end();

-- ---- Making and changing ----

-- Makes a schedule or changes its definition, after which it is planned anew. Returns whether it is new.
--
--   SELECT protograph.put_schedule('nightly', '{"cron": "0 3 * * *", "timeZone": "Europe/Berlin",
--     "graph": "movies", "outputType": "movie_tagging.TagSet",
--     "inputs": {"inputs": [{"type": "movie_tagging.MovieId", "json": "{\"id\": \"603\"}"}]}}');
--
-- Whether the expression and the inputs are right is found by the worker that plans it: see `problem`.
CREATE FUNCTION :schema.put_schedule(schedule_name text, new_definition jsonb, new_source text DEFAULT '')
  RETURNS boolean LANGUAGE plpgsql VOLATILE AS $f$
DECLARE
  is_new boolean;
BEGIN
  IF COALESCE(octet_length(schedule_name), 0) NOT BETWEEN 1 AND 255 THEN
    RAISE EXCEPTION 'the name of a schedule must have 1 to 255 bytes' USING ERRCODE = 'PTG02';
  END IF;
  IF jsonb_typeof(new_definition) IS DISTINCT FROM 'object'
     OR octet_length(new_definition::text) > 8 * 1024 * 1024 THEN
    RAISE EXCEPTION 'the definition of schedule % must be a JSON object of at most 8 MiB', schedule_name
      USING ERRCODE = 'PTG02';
  END IF;
  INSERT INTO :schema.schedules AS present (name, definition, source, revision)
  VALUES (schedule_name, new_definition, new_source, nextval($name$:schema.schedule_revisions$name$))
  ON CONFLICT (name) DO UPDATE
  SET definition = excluded.definition, source = excluded.source, revision = excluded.revision,
      is_planned = false, due_at = '-infinity', changed_at = now(),
      -- What made it pause itself may be what was changed.
      is_paused = present.is_paused AND present.problem = '', problem = '',
      failures = CASE WHEN present.is_paused AND present.problem <> '' THEN 0 ELSE present.failures END
  WHERE present.definition <> excluded.definition OR present.source <> excluded.source
  RETURNING present.xmax = 0 INTO is_new;
  IF is_new IS NOT NULL THEN
    PERFORM pg_notify(:schema.work_channel(), 'd');
  END IF;
  RETURN COALESCE(is_new, false);
END
$f$;

-- All return whether there is such a schedule.
CREATE FUNCTION :schema.remove_schedule(schedule_name text) RETURNS boolean
  LANGUAGE sql VOLATILE AS $f$
    WITH gone AS (DELETE FROM :schema.schedules AS schedules WHERE schedules.name = schedule_name RETURNING 1)
    SELECT EXISTS (SELECT FROM gone)
  $f$;

CREATE FUNCTION :schema.pause_schedule(schedule_name text) RETURNS boolean
  LANGUAGE sql VOLATILE AS $f$
    WITH changed AS (
      UPDATE :schema.schedules AS schedules
      SET is_paused = true, problem = '', pending_tick = NULL,
          revision = nextval($name$:schema.schedule_revisions$name$)
      WHERE schedules.name = schedule_name
      RETURNING 1
    )
    SELECT EXISTS (SELECT FROM changed)
  $f$;

-- It is planned anew: ticks of the time in which it was paused are not missed.
CREATE FUNCTION :schema.resume_schedule(schedule_name text) RETURNS boolean
  LANGUAGE plpgsql VOLATILE AS $f$
BEGIN
  UPDATE :schema.schedules AS schedules
  SET is_paused = false, problem = '', failures = 0, is_planned = false, due_at = '-infinity',
      changed_at = now(),
      revision = nextval($name$:schema.schedule_revisions$name$)
  WHERE schedules.name = schedule_name AND schedules.is_paused;
  IF FOUND THEN
    PERFORM pg_notify(:schema.work_channel(), 'd');
    RETURN true;
  END IF;
  RETURN EXISTS (SELECT FROM :schema.schedules AS schedules WHERE schedules.name = schedule_name);
END
$f$;

-- ---- Firing ----

-- What a definition says of these two. Workers read it as protobuf does, which takes numbers for names and
-- both spellings of a field; what they do not understand they do not plan.
CREATE FUNCTION :schema.schedule_overlap(definition jsonb) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
    SELECT CASE definition->>'overlap'
             WHEN 'OVERLAP_ALLOW' THEN 'allow' WHEN '1' THEN 'allow'
             WHEN 'OVERLAP_QUEUE_ONE' THEN 'queue' WHEN '3' THEN 'queue'
             WHEN 'OVERLAP_CANCEL_RUNNING' THEN 'cancel' WHEN '4' THEN 'cancel'
             ELSE 'skip' END
  $f$;
CREATE FUNCTION :schema.schedule_pauses_after(definition jsonb) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
    SELECT CASE WHEN given.number ~ '^[0-9]{1,9}([.][0-9]{1,9})?([eE][+]?[0-9])?$'
                THEN NULLIF(trunc(given.number::numeric), 0)::bigint END
    FROM (SELECT COALESCE(definition->>'pauseAfterFailures',
                          definition->>'pause_after_failures')) AS given (number)
  $f$;

-- What the ends of jobs mean for their schedules, in the order of the ends.
CREATE FUNCTION :schema.fold_schedule_ends() RETURNS void
  LANGUAGE plpgsql VOLATILE AS $f$
DECLARE
  ended record;
  locked integer[];
BEGIN
  -- Whoever is at a schedule sees to its ends later; nobody waits.
  locked := ARRAY(
    SELECT schedules.schedule_id FROM :schema.schedules AS schedules
    WHERE schedules.schedule_id = ANY (ARRAY(SELECT ends.schedule_id FROM :schema.schedule_ends AS ends LIMIT 5000))
    ORDER BY schedules.schedule_id
    FOR UPDATE SKIP LOCKED);
  FOR ended IN
    WITH taken AS (
      DELETE FROM :schema.schedule_ends AS ends
      WHERE ends.schedule_id = ANY (locked)
         OR NOT EXISTS (SELECT FROM :schema.schedules AS schedules
                        WHERE schedules.schedule_id = ends.schedule_id)
      RETURNING ends.*
    )
    SELECT taken.schedule_id, bool_or(taken.state = 'S') AS has_succeeded,
           count(*) FILTER (WHERE taken.state = 'F'
                              AND taken.end_id > COALESCE(good.last_good, 0)) AS failures
    FROM taken
    LEFT JOIN (SELECT schedule_id, max(end_id) AS last_good FROM taken WHERE state = 'S'
               GROUP BY schedule_id) AS good USING (schedule_id)
    GROUP BY taken.schedule_id
    ORDER BY taken.schedule_id
  LOOP
    UPDATE :schema.schedules AS schedules
    SET failures = ended.failures + CASE WHEN ended.has_succeeded THEN 0 ELSE schedules.failures END
    WHERE schedules.schedule_id = ended.schedule_id;
    -- Not by a firing that was read before, for which the last job had not ended.
    UPDATE :schema.schedules AS schedules
    SET due_at = '-infinity', revision = nextval($name$:schema.schedule_revisions$name$)
    WHERE schedules.schedule_id = ended.schedule_id AND schedules.pending_tick IS NOT NULL;
    UPDATE :schema.schedules AS schedules
    SET is_paused = true, pending_tick = NULL,
        problem = format('paused itself: its last %s jobs have failed; find out why and resume it',
                         schedules.failures)
    WHERE schedules.schedule_id = ended.schedule_id AND NOT schedules.is_paused
      AND schedules.failures >= :schema.schedule_pauses_after(schedules.definition);
  END LOOP;
END
$f$;

CREATE VIEW :schema.schedule_states AS
  SELECT schedules.schedule_id, schedules.name, schedules.definition, schedules.source, schedules.revision,
         schedules.is_paused, schedules.problem, schedules.is_planned, schedules.next_tick,
         schedules.last_tick, schedules.last_run_tick, schedules.pending_tick, schedules.last_job_id,
         -- Not EXISTS, for which all jobs may be read.
         COALESCE((SELECT true FROM :schema.live AS live
                   WHERE live.job_id = schedules.last_job_id), false) AS is_last_job_live,
         schedules.changed_at, schedules.runs, schedules.missed, schedules.overlapped, schedules.failures,
         schedules.due_at
  FROM :schema.schedules AS schedules;

-- What workers have to look at, the longest due first.
CREATE FUNCTION :schema.find_due_schedules(most integer) RETURNS SETOF :schema.schedule_states
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET jit = off
  SET plan_cache_mode = force_generic_plan
AS $f$
DECLARE
  -- An index is not searched for what changes while it is.
  moment timestamptz := clock_timestamp();
BEGIN
  IF EXISTS (SELECT FROM :schema.schedule_ends) THEN
    PERFORM :schema.fold_schedule_ends();
  END IF;
  RETURN QUERY
    SELECT states.* FROM :schema.schedule_states AS states
    WHERE NOT states.is_paused AND states.due_at <= moment
    ORDER BY states.due_at
    LIMIT GREATEST(most, 0);
END
$f$;

-- Fires ticks: makes their jobs and moves the schedules on, those that are as they were read (`revisions`)
-- and that nobody else is at. Of each tick: the number of its firing, from 1, in order, and its job, in arrays as
-- submit_jobs takes them. Times of the year 9999 are none. `owner`: 0 for none. Returns the numbers of the
-- firings that were done and, a letter for each tick, what has become of it; see schedule_firings.
CREATE FUNCTION :schema.fire_schedules(
  owner uuid, names text[], revisions bigint[], next_ticks timestamptz[], due_ats timestamptz[],
  misses bigint[], problems text[], manuals boolean[], overs boolean[],
  firing_numbers integer[], ticks timestamptz[], ids uuid[], all_inputs bytea[], queue_names text[],
  graph_names text[], output_types text[], priorities smallint[], run_ats timestamptz[], delays bigint[],
  all_attempts smallint[], backoffs bigint[], longest_backoffs bigint[], timeouts bigint[],
  unique_keys text[], unique_scopes smallint[], unique_fors bigint[], concurrency_keys text[],
  all_tags text[], all_metadata text[])
  RETURNS TABLE (number integer, outcomes text)
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET jit = off
  SET plan_cache_mode = force_generic_plan
AS $f$
#variable_conflict use_column
DECLARE
  firing record;
  schedule :schema.schedules;
  tick_number integer := 1;
  overlap text;
  outcome text;
  last_job uuid;
  is_live boolean;
  is_draining boolean;
  pending timestamptz;
  fired_ids uuid[] := '{}';
  fired_numbers integer[] := '{}';
  fired_schedules integer[] := '{}';
  cancelled_ids uuid[] := '{}';
  last_run timestamptz;
  new_runs integer;
  new_overlapped integer;
  -- Of the firings that were done.
  seen_schedules integer[] := '{}';
  seen_ticks timestamptz[] := '{}';
  seen_outcomes text[] := '{}';
  seen_ids uuid[] := '{}';
  done_numbers integer[] := '{}';
  done_outcomes text[] := '{}';
BEGIN
  -- Jobs that may be cancelled, in the order in which others lock them.
  PERFORM FROM :schema.live AS live
  WHERE live.job_id = ANY (ARRAY(
    SELECT schedules.last_job_id FROM :schema.schedules AS schedules
    WHERE schedules.name = ANY (names) AND schedules.last_job_id IS NOT NULL
      AND :schema.schedule_overlap(schedules.definition) = 'cancel'))
  ORDER BY live.job_id
  FOR UPDATE;
  FOR firing IN
    SELECT * FROM unnest(names, revisions, next_ticks, due_ats, misses, problems, manuals, overs)
      WITH ORDINALITY AS given (name, revision, next_tick, due_at, missed, problem, is_manual, is_over, number)
    ORDER BY given.number
  LOOP
    SELECT * INTO schedule FROM :schema.schedules AS schedules
    WHERE schedules.name = firing.name AND schedules.revision = firing.revision
      AND (firing.is_manual OR NOT schedules.is_paused)
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      WHILE firing_numbers[tick_number] = firing.number LOOP
        tick_number := tick_number + 1;
      END LOOP;
      CONTINUE;
    END IF;
    overlap := :schema.schedule_overlap(schedule.definition);
    -- A paused one is looked at by nobody: its tick would be pending for ever.
    IF schedule.is_paused AND overlap <> 'allow' THEN
      overlap := 'skip';
    END IF;
    last_job := schedule.last_job_id;
    is_live := last_job IS NOT NULL AND overlap <> 'allow'
      AND EXISTS (SELECT FROM :schema.live AS live WHERE live.job_id = last_job);
    is_draining := firing_numbers[tick_number] = firing.number
      AND EXISTS (SELECT FROM :schema.queues AS queues
                  WHERE queues.name = COALESCE(queue_names[tick_number], queue_names[1])
                    AND queues.mode = 'draining');
    pending := schedule.pending_tick;
    last_run := schedule.last_run_tick;
    new_runs := 0;
    new_overlapped := 0;
    done_numbers := done_numbers || firing.number::integer;
    done_outcomes := done_outcomes || ''::text;
    WHILE firing_numbers[tick_number] = firing.number LOOP
      IF pending = ticks[tick_number] THEN
        pending := NULL;
      END IF;
      IF is_live AND overlap = 'cancel' AND NOT is_draining THEN
        IF last_job = ANY (fired_ids) THEN
          -- Not there yet.
          cancelled_ids := cancelled_ids || last_job;
          is_live := false;
        ELSE
          is_live := COALESCE(:schema.cancel_job(last_job) = 'running', false);
        END IF;
      END IF;
      IF is_draining THEN
        outcome := 'r';
      ELSIF NOT is_live THEN
        outcome := 'f';
        last_job := ids[tick_number];
        is_live := overlap <> 'allow';
        new_runs := new_runs + 1;
        IF NOT firing.is_manual THEN
          last_run := ticks[tick_number];
        END IF;
        fired_ids := fired_ids || last_job;
        fired_numbers := fired_numbers || tick_number;
        fired_schedules := fired_schedules || schedule.schedule_id;
      ELSIF overlap IN ('queue', 'cancel') THEN
        outcome := 'p';
        -- It takes the place of another.
        new_overlapped := new_overlapped + (pending IS NOT NULL)::integer;
        pending := ticks[tick_number];
      ELSE
        outcome := 'o';
        new_overlapped := new_overlapped + 1;
      END IF;
      seen_schedules := seen_schedules || schedule.schedule_id;
      seen_ticks := seen_ticks || ticks[tick_number];
      seen_outcomes := seen_outcomes || outcome;
      seen_ids := seen_ids || CASE WHEN outcome = 'f' THEN ids[tick_number] END;
      done_outcomes[cardinality(done_outcomes)] := done_outcomes[cardinality(done_outcomes)] || outcome;
      tick_number := tick_number + 1;
    END LOOP;
    IF firing.is_over THEN
      DELETE FROM :schema.schedules AS schedules WHERE schedules.schedule_id = schedule.schedule_id;
    ELSE
      UPDATE :schema.schedules AS schedules
      SET revision = nextval($name$:schema.schedule_revisions$name$),
          is_planned = schedules.is_planned OR NOT firing.is_manual,
          is_paused = schedules.is_paused OR (firing.problem <> '' AND NOT firing.is_manual),
          problem = CASE WHEN firing.is_manual THEN schedules.problem ELSE firing.problem END,
          next_tick = CASE WHEN firing.is_manual THEN schedules.next_tick
                           WHEN firing.next_tick < '9999-01-01' THEN firing.next_tick END,
          due_at = CASE WHEN firing.is_manual THEN schedules.due_at ELSE firing.due_at END,
          last_tick = CASE WHEN firing.is_manual OR tick_number = 1
                                OR firing_numbers[tick_number - 1] <> firing.number THEN schedules.last_tick
                           ELSE GREATEST(schedules.last_tick, ticks[tick_number - 1]) END,
          last_run_tick = last_run, pending_tick = pending, last_job_id = last_job,
          runs = schedules.runs + new_runs, missed = schedules.missed + firing.missed,
          overlapped = schedules.overlapped + new_overlapped
      WHERE schedules.schedule_id = schedule.schedule_id;
    END IF;
  END LOOP;

  IF cardinality(fired_ids) > 0 THEN
    PERFORM FROM (
      SELECT array_agg(given.id) AS ids,
             array_agg(COALESCE(given.inputs, all_inputs[1])) AS inputs,
             array_agg(COALESCE(given.queue, queue_names[1])) AS queues,
             array_agg(COALESCE(given.graph, graph_names[1])) AS graphs,
             array_agg(COALESCE(given.output_type, output_types[1])) AS output_types,
             array_agg(COALESCE(given.priority, priorities[1])) AS priorities,
             array_agg(COALESCE(given.run_at, run_ats[1])) AS run_ats,
             array_agg(COALESCE(given.attempts, all_attempts[1])) AS attempts,
             array_agg(COALESCE(given.backoff, backoffs[1])) AS backoffs,
             array_agg(COALESCE(given.longest_backoff, longest_backoffs[1])) AS longest_backoffs,
             array_agg(COALESCE(given.timeout, timeouts[1])) AS timeouts,
             array_agg(COALESCE(given.concurrency_key, concurrency_keys[1])) AS concurrency_keys,
             array_agg(COALESCE(given.tags, all_tags[1])) AS tags,
             array_agg(COALESCE(given.metadata, all_metadata[1])) AS metadata
      FROM unnest(fired_numbers) AS fired (number)
      JOIN unnest(ids, all_inputs, queue_names, graph_names, output_types, priorities, run_ats, all_attempts,
                  backoffs, longest_backoffs, timeouts, concurrency_keys, all_tags, all_metadata)
        WITH ORDINALITY AS given (id, inputs, queue, graph, output_type, priority, run_at, attempts, backoff,
                                  longest_backoff, timeout, concurrency_key, tags, metadata, number)
        ON given.number = fired.number
    ) AS all_given
    CROSS JOIN LATERAL :schema.submit_jobs(
      all_given.ids, all_given.inputs, all_given.queues, all_given.graphs, all_given.output_types,
      all_given.priorities, all_given.run_ats, delays[1:1], all_given.attempts, all_given.backoffs,
      all_given.longest_backoffs, all_given.timeouts, unique_keys[1:1], unique_scopes[1:1],
      unique_fors[1:1], all_given.concurrency_keys, all_given.tags, all_given.metadata, false) AS submitted;
    UPDATE :schema.live AS live
    SET schedule_id = fired.schedule_id
    FROM unnest(fired_ids, fired_schedules) AS fired (id, schedule_id)
    WHERE live.job_id = fired.id;
    PERFORM :schema.cancel_job(id) FROM unnest(cancelled_ids) AS id;
  END IF;
  INSERT INTO :schema.schedule_firings AS firings (schedule_id, tick, outcome, job_id, owner_id)
  SELECT seen.schedule_id, seen.tick, seen.outcome::"char", seen.id,
         NULLIF(owner, '00000000-0000-0000-0000-000000000000')
  FROM unnest(seen_schedules, seen_ticks, seen_outcomes, seen_ids) AS seen (schedule_id, tick, outcome, id)
  -- A pending one.
  ON CONFLICT (schedule_id, tick) DO UPDATE
  SET outcome = excluded.outcome, job_id = excluded.job_id, fired_at = excluded.fired_at,
      owner_id = excluded.owner_id
  WHERE firings.outcome <> 'f';
  RETURN QUERY
    SELECT done.number, done.outcomes
    FROM unnest(done_numbers, done_outcomes) AS done (number, outcomes);
END
$f$;

-- ---- Jobs that wait ----

-- Changes a job that no worker has: when it is due, its priority, its inputs; null: as it is. Returns the state
-- that it is in then; that of one that cannot be changed, as it runs or has finished; null where there is none.
CREATE FUNCTION :schema.change_job(id uuid, new_run_at timestamptz, new_priority smallint, new_inputs bytea)
  RETURNS text
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
AS $f$
DECLARE
  found_job :schema.live;
  asked_priority smallint;
  due timestamptz;
  new_state "char";
  limits_keys boolean;
BEGIN
  SELECT * INTO found_job FROM :schema.live AS live WHERE live.job_id = id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN (SELECT CASE finished.state WHEN 'S' THEN 'succeeded' WHEN 'F' THEN 'failed' ELSE 'cancelled' END
            FROM :schema.finished AS finished WHERE finished.job_id = id);
  END IF;
  IF found_job.state = 'r' THEN
    RETURN 'running';
  END IF;
  UPDATE :schema.jobs AS jobs
  SET priority = COALESCE(new_priority, jobs.priority), inputs = COALESCE(new_inputs, jobs.inputs)
  WHERE jobs.job_id = id
  RETURNING jobs.priority INTO asked_priority;
  -- One that is due already keeps its place where it is to run at once.
  due := CASE WHEN new_run_at <= now() THEN LEAST(found_job.run_at, now())
              WHEN new_run_at IS NOT NULL THEN LEAST(new_run_at, '9999-01-01')
              ELSE found_job.run_at END;
  SELECT found_job.concurrency_key IS NOT NULL AND queues.key_limit > 0 INTO limits_keys
  FROM :schema.queues AS queues WHERE queues.queue_id = found_job.queue_id;
  new_state := CASE WHEN due > now() THEN 's'
                    WHEN found_job.state <> 's' THEN found_job.state
                    WHEN limits_keys THEN 'b' ELSE 'q' END::"char";
  UPDATE :schema.live AS live
  SET run_at = due, rank = due - asked_priority * interval '1 hour', state = new_state,
      holds_slot = live.holds_slot AND new_state = 'q'
  WHERE live.job_id = id;
  IF found_job.holds_slot AND new_state <> 'q' THEN
    INSERT INTO :schema.key_changes (queue_id, concurrency_key, freed)
    VALUES (found_job.queue_id, found_job.concurrency_key, 1);
  ELSIF new_state = 'b' AND found_job.state = 's' THEN
    INSERT INTO :schema.key_changes (queue_id, concurrency_key, freed)
    VALUES (found_job.queue_id, found_job.concurrency_key, 0);
  END IF;
  IF (found_job.state = 's') <> (new_state = 's') THEN
    INSERT INTO :schema.queue_changes (queue_id, scheduled, queued)
    SELECT found_job.queue_id, change, -change
    FROM (SELECT CASE WHEN new_state = 's' THEN 1 ELSE -1 END AS change) AS changes;
  END IF;
  PERFORM :schema.wake_sleepers(ARRAY[found_job.queue_id], 1);
  IF new_state = 's' THEN
    PERFORM pg_notify(:schema.work_channel(), 'd');
  END IF;
  RETURN CASE new_state WHEN 's' THEN 'scheduled' ELSE 'queued' END;
END
$f$;

-- As in 0005, and: the last job of a schedule is waited for again.
ALTER FUNCTION :schema.retry_job(uuid) RENAME TO retry_any_job;
CREATE FUNCTION :schema.retry_job(id uuid) RETURNS text
  LANGUAGE plpgsql VOLATILE AS $f$
DECLARE
  was text;
BEGIN
  -- So that nobody fires a tick for which it is over.
  PERFORM FROM :schema.schedules AS schedules WHERE schedules.last_job_id = id FOR UPDATE;
  was := :schema.retry_any_job(id);
  IF was IN ('failed', 'cancelled') THEN
    UPDATE :schema.live AS live
    SET schedule_id = schedules.schedule_id
    FROM :schema.schedules AS schedules
    WHERE schedules.last_job_id = id AND live.job_id = id;
  END IF;
  RETURN was;
END
$f$;

-- ---- Upkeep ----

-- How long until something is due that is not, in microseconds, null for never; and whether a schedule is due.
CREATE FUNCTION :schema.find_next_due(OUT next_due bigint, OUT has_due_schedules boolean)
  LANGUAGE plpgsql VOLATILE AS $f$
DECLARE
  next_job timestamptz;
  next_schedule timestamptz;
BEGIN
  SELECT live.run_at INTO next_job
  FROM :schema.live AS live
  WHERE live.state = 's'
  ORDER BY live.run_at
  LIMIT 1;
  SELECT schedules.due_at INTO next_schedule
  FROM :schema.schedules AS schedules
  WHERE NOT schedules.is_paused
  ORDER BY schedules.due_at
  LIMIT 1;
  has_due_schedules := COALESCE(next_schedule <= clock_timestamp(), false)
    OR EXISTS (SELECT FROM :schema.schedule_ends);
  -- Schedules that are due are for the caller to see to. The year 9999 and later are never.
  next_due := extract(epoch FROM LEAST(
    CASE WHEN next_job < '9999-01-01' THEN next_job END,
    CASE WHEN NOT has_due_schedules AND next_schedule < '9999-01-01' THEN next_schedule END)
    - clock_timestamp()) * 1000000;
END
$f$;

-- As in 0005, and: says when the next schedule is due, whether one is, and removes old firings.
DROP FUNCTION :schema.maintain_jobs(integer, bigint, bigint, integer, boolean);
CREATE FUNCTION :schema.maintain_jobs(most_crashes integer, keep_succeeded bigint, keep_failed bigint,
                                      batch integer, lapsed_are_dead boolean)
  RETURNS TABLE (promoted bigint, returned bigint, set_aside bigint, removed bigint, next_due bigint,
                 more boolean, hindrance text, has_due_schedules boolean)
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
    DELETE FROM :schema.schedule_firings AS firings
    WHERE firings.ctid = ANY (ARRAY(
      SELECT old.ctid FROM :schema.schedule_firings AS old
      WHERE old.fired_at <= now() - keep_succeeded * interval '1 microsecond'
      LIMIT batch FOR UPDATE SKIP LOCKED));
    hindrance := :schema.oldest_transaction();
  END IF;
  SELECT due.next_due, due.has_due_schedules INTO next_due, has_due_schedules
  FROM :schema.find_next_due() AS due;
  more := promoted >= batch OR removed >= batch OR dropped > 0;
  RETURN NEXT;
END
$f$;
