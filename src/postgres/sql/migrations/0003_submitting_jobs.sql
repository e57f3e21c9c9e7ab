-- What is done to jobs, as functions: their plans are kept by the server's process, whatever pooler
-- stands before it, so that a call costs one message and no planning.
--
-- Each function that finds rows by index says so (enable_seqscan and the like): the tables' sizes change
-- by the second, and a plan must not change with statistics that are a minute old. Rows are locked in
-- the order of job_id where several are, those of queues and keys in the order of theirs.

CREATE SEQUENCE :schema.job_terms;
GRANT USAGE ON SEQUENCE :schema.job_terms TO PUBLIC;

-- ---- Waking workers ----

-- Tells owners that sleep on these queues that there is work: as many as there are jobs.
CREATE FUNCTION :schema.wake_sleepers(queue_ids integer[], jobs bigint) RETURNS void
  LANGUAGE plpgsql VOLATILE AS $f$
DECLARE
  sleeper uuid;
BEGIN
  FOR sleeper IN
    SELECT DISTINCT sleepers.owner_id
    FROM :schema.sleepers AS sleepers
    JOIN :schema.living_owners AS living USING (owner_id)
    WHERE sleepers.queue_id = ANY (queue_ids)
    LIMIT LEAST(jobs, 16)
  LOOP
    PERFORM pg_notify(:schema.work_channel(), 'w' || sleeper);
  END LOOP;
END
$f$;

-- ---- Submitting ----

-- The number of a queue that takes jobs in; made where it is not there.
CREATE FUNCTION :schema.queue_for_submission(queue_name text) RETURNS :schema.queues
  LANGUAGE plpgsql VOLATILE AS $f$
DECLARE
  found_queue :schema.queues;
BEGIN
  LOOP
    SELECT * INTO found_queue FROM :schema.queues AS queues WHERE queues.name = queue_name;
    EXIT WHEN FOUND;
    INSERT INTO :schema.queues (name) VALUES (queue_name) ON CONFLICT (name) DO NOTHING;
  END LOOP;
  IF found_queue.mode = 'draining' THEN
    RAISE EXCEPTION 'queue % is draining and takes no jobs: resume it, or submit to another', queue_name
      USING ERRCODE = 'PTG01';
  END IF;
  RETURN found_queue;
END
$f$;

-- Whether somebody else may take the unique key that a job has: it has finished long enough ago, or runs
-- and is unique among those that wait.
CREATE FUNCTION :schema.is_free(id uuid, expires_at timestamptz) RETURNS boolean
  LANGUAGE sql VOLATILE AS $f$
    SELECT COALESCE(expires_at <= now(), false)
      OR EXISTS (SELECT FROM :schema.live AS live
                 WHERE live.job_id = id AND live.unique_among = 1 AND live.state = 'r')
  $f$;

-- Submits jobs. Of each array but the ids: an element for each job, or one that is for all of them.
-- Times are in microseconds; a timeout below 0 is none; texts are empty for none. `checks_ids`: jobs whose
-- ids are there already are left away, for a call that is repeated. Returns a row for each job, or none
-- where all are new under their ids.
CREATE FUNCTION :schema.submit_jobs(
  ids uuid[], all_inputs bytea[], queue_names text[], graph_names text[], output_types text[],
  priorities smallint[], run_ats timestamptz[], delays bigint[], all_attempts smallint[],
  backoffs bigint[], longest_backoffs bigint[], timeouts bigint[],
  unique_keys text[], unique_scopes smallint[], unique_fors bigint[],
  concurrency_keys text[], all_tags text[], all_metadata text[], checks_ids boolean)
  RETURNS TABLE (number bigint, job_id uuid, is_new boolean)
  LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off
  SET plan_cache_mode = force_generic_plan
AS $f$
#variable_conflict use_column
DECLARE
  queue_numbers integer[];
  key_limits integer[];
  queue_name text;
  queue :schema.queues;
  owners_of_keys uuid[];
  skipped boolean[];
  waiting bigint;
  later bigint;
  due timestamptz;
  is_due boolean;
BEGIN
  SELECT * INTO queue FROM :schema.queues AS queues WHERE queues.name = queue_names[1];
  -- What most calls are: jobs that differ in nothing but their inputs, with no keys.
  IF cardinality(queue_names) = 1 AND queue.mode IN ('running', 'paused') AND NOT checks_ids
     AND unique_keys = ARRAY[''] AND concurrency_keys = ARRAY[''] AND cardinality(graph_names) = 1
     AND cardinality(output_types) = 1 AND cardinality(priorities) = 1 AND cardinality(run_ats) = 1
     AND cardinality(delays) = 1 AND cardinality(all_attempts) = 1 AND cardinality(backoffs) = 1
     AND cardinality(longest_backoffs) = 1 AND cardinality(timeouts) = 1
     AND cardinality(unique_fors) = 1 AND cardinality(all_tags) = 1 AND cardinality(all_metadata) = 1 THEN
    due := GREATEST(now() + delays[1] * interval '1 microsecond', run_ats[1]);
    is_due := due <= now();
    INSERT INTO :schema.jobs (job_id, backoff, longest_backoff, timeout, queue_id, priority,
                              max_attempts, graph, output_type, inputs, tags, metadata)
    SELECT given.id, backoffs[1], longest_backoffs[1], CASE WHEN timeouts[1] >= 0 THEN timeouts[1] END,
           queue.queue_id, priorities[1], all_attempts[1], graph_names[1], output_types[1],
           COALESCE(given.inputs, all_inputs[1]), NULLIF(all_tags[1], '')::text[],
           NULLIF(all_metadata[1], '')::jsonb
    FROM unnest(ids, all_inputs) AS given (id, inputs);
    INSERT INTO :schema.live (job_id, run_at, rank, queue_id, state)
    SELECT id, due, due - priorities[1] * interval '1 hour', queue.queue_id,
           CASE WHEN is_due THEN 'q' ELSE 's' END::"char"
    FROM unnest(ids) AS id;
    INSERT INTO :schema.queue_changes (queue_id, scheduled, queued)
    VALUES (queue.queue_id, CASE WHEN is_due THEN 0 ELSE cardinality(ids) END,
            CASE WHEN is_due THEN cardinality(ids) ELSE 0 END);
    IF EXISTS (SELECT FROM :schema.sleepers AS sleepers WHERE sleepers.queue_id = queue.queue_id) THEN
      PERFORM :schema.wake_sleepers(ARRAY[queue.queue_id],
                                    CASE WHEN is_due THEN cardinality(ids) ELSE 1 END);
    END IF;
    RETURN;
  END IF;

  queue := NULL;
  FOREACH queue_name IN ARRAY queue_names LOOP
    IF queue.name IS DISTINCT FROM queue_name THEN
      queue := :schema.queue_for_submission(queue_name);
    END IF;
    queue_numbers := queue_numbers || queue.queue_id;
    key_limits := key_limits || queue.key_limit;
  END LOOP;

  IF checks_ids THEN
    SELECT array_agg(EXISTS (SELECT FROM :schema.jobs AS jobs WHERE jobs.job_id = given.id)
                     ORDER BY given.number)
    INTO skipped
    FROM unnest(ids) WITH ORDINALITY AS given (id, number);
  END IF;

  -- Whose the unique keys are. Where a key is somebody's it stays so, and its row is locked until the end
  -- of the transaction; the keys are taken in their order.
  IF unique_keys <> ARRAY[''] THEN
    WITH wanted AS (
      SELECT DISTINCT ON (queue_id, unique_key) given.*
      FROM (
        SELECT COALESCE(given.queue_id, queue_numbers[1]) AS queue_id,
               COALESCE(given.unique_key, unique_keys[1]) AS unique_key, given.id, given.number
        FROM unnest(ids, queue_numbers, unique_keys, skipped)
          WITH ORDINALITY AS given (id, queue_id, unique_key, is_skipped, number)
        WHERE given.is_skipped IS NOT TRUE
      ) AS given
      WHERE given.unique_key <> ''
      ORDER BY queue_id, unique_key, given.number
    ), taken AS (
      INSERT INTO :schema.unique_keys AS present (queue_id, unique_key, job_id)
      SELECT queue_id, unique_key, id FROM wanted ORDER BY queue_id, unique_key
      ON CONFLICT (queue_id, unique_key) DO UPDATE
      SET job_id = CASE WHEN :schema.is_free(present.job_id, present.expires_at) THEN excluded.job_id
                        ELSE present.job_id END,
          expires_at = CASE WHEN present.expires_at > now() THEN present.expires_at END
      RETURNING present.queue_id, present.unique_key, present.job_id
    )
    SELECT array_agg(taken.job_id ORDER BY given.number)
    INTO owners_of_keys
    FROM unnest(ids, queue_numbers, unique_keys)
      WITH ORDINALITY AS given (id, queue_id, unique_key, number)
    LEFT JOIN taken ON taken.queue_id = COALESCE(given.queue_id, queue_numbers[1])
      AND taken.unique_key = COALESCE(given.unique_key, unique_keys[1]);
  END IF;

  WITH given AS MATERIALIZED (
    SELECT given.*,
           COALESCE(given.queue_id, queue_numbers[1]) AS the_queue_id,
           COALESCE(given.key_limit, key_limits[1]) AS the_key_limit,
           COALESCE(given.priority, priorities[1]) AS the_priority,
           GREATEST(now() + COALESCE(given.delay, delays[1]) * interval '1 microsecond',
                    COALESCE(given.run_at, run_ats[1])) AS due_at,
           NULLIF(COALESCE(given.concurrency_key, concurrency_keys[1]), '') AS the_concurrency_key,
           NULLIF(COALESCE(given.unique_key, unique_keys[1]), '') AS the_unique_key,
           NULLIF(COALESCE(given.tags, all_tags[1]), '')::text[] AS the_tags,
           NULLIF(COALESCE(given.metadata, all_metadata[1]), '')::jsonb AS the_metadata
    FROM unnest(ids, all_inputs, queue_numbers, key_limits, graph_names, output_types, priorities,
                run_ats, delays, all_attempts, backoffs, longest_backoffs, timeouts, unique_keys,
                unique_scopes, unique_fors, concurrency_keys, all_tags, all_metadata, skipped,
                owners_of_keys)
      WITH ORDINALITY AS given (id, inputs, queue_id, key_limit, graph, output_type, priority, run_at,
                                delay, attempts, backoff, longest_backoff, timeout, unique_key,
                                unique_scope, unique_for, concurrency_key, tags, metadata, is_skipped,
                                key_owner, number)
    WHERE given.is_skipped IS NOT TRUE AND (given.key_owner IS NULL OR given.key_owner = given.id)
  ), asked AS (
    INSERT INTO :schema.jobs (job_id, backoff, longest_backoff, timeout, unique_for, queue_id, priority,
                              max_attempts, graph, output_type, inputs, unique_key, concurrency_key,
                              tags, metadata)
    SELECT id, COALESCE(backoff, backoffs[1]), COALESCE(longest_backoff, longest_backoffs[1]),
           CASE WHEN COALESCE(timeout, timeouts[1]) >= 0 THEN COALESCE(timeout, timeouts[1]) END,
           COALESCE(unique_for, unique_fors[1]), the_queue_id, the_priority,
           COALESCE(attempts, all_attempts[1]), COALESCE(graph, graph_names[1]),
           COALESCE(output_type, output_types[1]), COALESCE(inputs, all_inputs[1]), the_unique_key,
           the_concurrency_key, the_tags, the_metadata
    FROM given
  ), waits AS (
    INSERT INTO :schema.live (job_id, run_at, rank, queue_id, unique_among, state, concurrency_key)
    SELECT id, due_at, due_at - the_priority * interval '1 hour', the_queue_id,
           CASE WHEN the_unique_key IS NULL THEN 0 ELSE COALESCE(unique_scope, unique_scopes[1]) END,
           CASE WHEN due_at > now() THEN 's'
                WHEN the_concurrency_key IS NOT NULL AND the_key_limit > 0 THEN 'b'
                ELSE 'q' END::"char",
           the_concurrency_key
    FROM given
  ), keyed AS (
    INSERT INTO :schema.key_changes (queue_id, concurrency_key, freed)
    SELECT DISTINCT the_queue_id, the_concurrency_key, 0
    FROM given
    WHERE the_concurrency_key IS NOT NULL AND the_key_limit > 0 AND due_at <= now()
  ), counted AS (
    INSERT INTO :schema.queue_changes (queue_id, scheduled, queued)
    SELECT the_queue_id, count(*) FILTER (WHERE due_at > now()), count(*) FILTER (WHERE due_at <= now())
    FROM given
    GROUP BY the_queue_id
    RETURNING scheduled, queued
  )
  SELECT sum(counted.queued), sum(counted.scheduled) INTO waiting, later FROM counted;

  -- Those that sleep see to the scheduled ones too: they ask when the next is due.
  IF waiting + later > 0 THEN
    PERFORM :schema.wake_sleepers(queue_numbers, waiting + LEAST(later, 1));
  END IF;

  RETURN QUERY
    SELECT given.number, COALESCE(given.key_owner, given.id),
           given.is_skipped IS NOT TRUE AND COALESCE(given.key_owner = given.id, true)
    FROM unnest(ids, owners_of_keys, skipped)
      WITH ORDINALITY AS given (id, key_owner, is_skipped, number);
END
$f$;

-- A field of a protobuf message whose content has a length (wire type 2), for submit().
CREATE FUNCTION :schema.protobuf_field(field_number integer, content bytea) RETURNS bytea
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE
  encoded bytea := set_byte('\x00', 0, field_number * 8 + 2);
  rest integer := length(content);
BEGIN
  WHILE rest > 127 LOOP
    encoded := encoded || set_byte('\x00', 0, (rest & 127) | 128);
    rest := rest >> 7;
  END LOOP;
  RETURN encoded || set_byte('\x00', 0, rest) || content;
END
$f$;

-- Submits a job, for programs in any language. The input is JSON (protobuf's mapping) or the message's
-- bytes. Names are full: 'movie_tagging.TagSet'. Returns the job's id; where `unique_key` is taken, that
-- of the job that has it.
--
--   SELECT protograph.submit('movies', 'movie_tagging.TagSet', 'movie_tagging.MovieId', '{"id": "603"}');
CREATE FUNCTION :schema.submit(
  graph text, output_type text, input_type text, input_json jsonb DEFAULT NULL,
  input_message bytea DEFAULT NULL, queue text DEFAULT 'default', priority integer DEFAULT 0,
  run_at timestamptz DEFAULT '-infinity', attempts integer DEFAULT 5,
  backoff interval DEFAULT '10 seconds', longest_backoff interval DEFAULT '1 hour',
  timeout interval DEFAULT '1 hour', unique_key text DEFAULT '', concurrency_key text DEFAULT '',
  tags text[] DEFAULT '{}', metadata jsonb DEFAULT '{}')
  RETURNS uuid LANGUAGE plpgsql VOLATILE AS $f$
DECLARE
  new_id uuid;
  submitted uuid;
  input bytea;
BEGIN
  IF graph IS NULL OR graph = '' OR output_type IS NULL OR output_type = '' OR input_type IS NULL
     OR input_type = '' OR queue IS NULL OR queue = '' OR octet_length(graph) > 255
     OR octet_length(output_type) > 255 OR octet_length(input_type) > 255 OR octet_length(queue) > 255
     OR octet_length(unique_key) > 255 OR octet_length(concurrency_key) > 255 THEN
    RAISE EXCEPTION 'graph, output_type, input_type and queue must have 1 to 255 bytes, keys at most 255'
      USING ERRCODE = 'PTG02';
  END IF;
  IF (input_json IS NULL) = (input_message IS NULL) THEN
    RAISE EXCEPTION 'give one of input_json and input_message' USING ERRCODE = 'PTG02';
  END IF;
  IF COALESCE(priority NOT BETWEEN -1000 AND 1000 OR attempts NOT BETWEEN 1 AND 1000, true) THEN
    RAISE EXCEPTION 'priority must be from -1000 to 1000, and attempts from 1 to 1000'
      USING ERRCODE = 'PTG02';
  END IF;
  IF COALESCE(backoff < '0' OR longest_backoff < '0', true) OR timeout < '0' THEN
    RAISE EXCEPTION 'backoff, longest_backoff and timeout must not be negative, and only timeout may be null'
      USING ERRCODE = 'PTG02';
  END IF;
  IF cardinality(tags) > 32 OR EXISTS (SELECT FROM unnest(tags) AS tag
                                       WHERE tag IS NULL OR octet_length(tag) > 255) THEN
    RAISE EXCEPTION 'there may be 32 tags of at most 255 bytes' USING ERRCODE = 'PTG02';
  END IF;
  IF jsonb_typeof(metadata) <> 'object' OR octet_length(metadata::text) > 64 * 1024 THEN
    RAISE EXCEPTION 'metadata must be an object of at most 64 KiB' USING ERRCODE = 'PTG02';
  END IF;
  IF octet_length(input_json::text) > 64 * 1024 * 1024 OR octet_length(input_message) > 64 * 1024 * 1024
  THEN
    RAISE EXCEPTION 'an input has at most 64 MiB: store it elsewhere and submit where' USING ERRCODE = 'PTG02';
  END IF;
  IF EXISTS (SELECT FROM :schema.graphs AS graphs WHERE graphs.name = submit.graph)
     AND NOT EXISTS (
       SELECT FROM :schema.graphs AS graphs
       WHERE graphs.name = submit.graph
         AND position(convert_to(submit.output_type, 'UTF8') IN graphs.description) > 0) THEN
    RAISE EXCEPTION 'graph % makes no %', graph, output_type USING ERRCODE = 'PTG02';
  END IF;
  input := :schema.protobuf_field(1, convert_to(input_type, 'UTF8'))
    || CASE WHEN input_message IS NULL
            THEN :schema.protobuf_field(3, convert_to(input_json::text, 'UTF8'))
            ELSE :schema.protobuf_field(2, input_message) END;
  new_id := :schema.new_job_id();
  SELECT done.job_id INTO submitted
  FROM :schema.submit_jobs(
    ARRAY[new_id], ARRAY[:schema.protobuf_field(1, input)], ARRAY[queue], ARRAY[graph],
    ARRAY[output_type], ARRAY[priority]::smallint[], ARRAY[run_at], ARRAY[0]::bigint[],
    ARRAY[attempts]::smallint[], ARRAY[extract(epoch FROM backoff) * 1000000]::bigint[],
    ARRAY[extract(epoch FROM longest_backoff) * 1000000]::bigint[],
    ARRAY[COALESCE(extract(epoch FROM timeout) * 1000000, -1)]::bigint[],
    ARRAY[COALESCE(unique_key, '')], ARRAY[2]::smallint[], ARRAY[0]::bigint[],
    ARRAY[COALESCE(concurrency_key, '')],
    ARRAY[CASE WHEN cardinality(tags) > 0 THEN tags::text ELSE '' END],
    ARRAY[CASE WHEN metadata <> '{}' THEN metadata::text ELSE '' END], false) AS done;
  -- No row: it is new under its id.
  RETURN COALESCE(submitted, new_id);
END
$f$;
