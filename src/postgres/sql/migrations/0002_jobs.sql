-- Jobs, the queues they wait in, and who works on them.
--
-- Three tables have jobs. A row of `jobs` says what was asked for; it is written once and never updated,
-- and goes with the day in which it was submitted. A row of `live` says how far it is: it is narrow, is
-- there while the job waits or runs, and is what claims read and write. A row of `finished` says how it
-- has ended. Every change of state is one update of a row of `live`, or its removal with an insert into
-- `finished`, in one transaction. The view job_states puts them together for readers.

-- ---- What the functions need ----

-- The first UUIDv7 of this millisecond.
CREATE FUNCTION :schema.first_uuid_of(moment timestamptz) RETURNS uuid
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $f$ SELECT rpad(lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0'), 32, '0')::uuid $f$;

-- A new UUIDv7 (RFC 9562, 5.7) by the database's clock.
CREATE FUNCTION :schema.new_job_id() RETURNS uuid
  LANGUAGE sql VOLATILE PARALLEL SAFE
  AS $f$
    SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
            || '7' || substr(random_part, 2, 3)
            || substr('89ab', 1 + (get_byte(uuid_send(random_id), 15) & 3), 1) || substr(random_part, 5, 15)
           )::uuid
    FROM (SELECT random_id, replace(random_id::text, '-', '') AS random_part
          FROM (SELECT gen_random_uuid() AS random_id) AS drawn) AS parts
  $f$;

-- Microseconds since 1970.
CREATE FUNCTION :schema.micros_of(moment timestamptz) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $f$ SELECT (extract(epoch FROM moment) * 1000000)::bigint $f$;

-- Names of the channels of NOTIFY: of what workers listen to, and clients that wait for jobs.
CREATE FUNCTION :schema.work_channel() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $f$ SELECT 'ptg_w_' || md5($name$:schema$name$) $f$;
CREATE FUNCTION :schema.finished_channel() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $f$ SELECT 'ptg_f_' || md5($name$:schema$name$) $f$;

-- ---- Queues ----

CREATE TABLE :schema.queues (
  queue_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  mode text COLLATE "C" NOT NULL DEFAULT 'running' CHECK (mode IN ('running', 'paused', 'draining')),
  -- How many jobs, and how many of one concurrency key, run at once everywhere; 0: no limit.
  concurrency_limit integer NOT NULL DEFAULT 0 CHECK (concurrency_limit >= 0),
  key_limit integer NOT NULL DEFAULT 0 CHECK (key_limit >= 0),
  -- Jobs now in each state, and those that have ended so. To be added: what queue_changes has.
  scheduled bigint NOT NULL DEFAULT 0,
  queued bigint NOT NULL DEFAULT 0,
  running bigint NOT NULL DEFAULT 0,
  succeeded bigint NOT NULL DEFAULT 0,
  failed bigint NOT NULL DEFAULT 0,
  cancelled bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- By how much the counters change: a row for each queue that a transaction touches, appended so that
-- nobody waits for anybody, and added up by maintain_jobs. No index: there are few rows at any time.
CREATE TABLE :schema.queue_changes (
  queue_id integer NOT NULL,
  scheduled integer NOT NULL DEFAULT 0,
  queued integer NOT NULL DEFAULT 0,
  running integer NOT NULL DEFAULT 0,
  succeeded integer NOT NULL DEFAULT 0,
  failed integer NOT NULL DEFAULT 0,
  cancelled integer NOT NULL DEFAULT 0
) WITH (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0
);

CREATE VIEW :schema.queue_states AS
  SELECT queues.queue_id, queues.name, queues.mode, queues.concurrency_limit, queues.key_limit,
         queues.scheduled + COALESCE(sum(changes.scheduled), 0) AS scheduled,
         queues.queued + COALESCE(sum(changes.queued), 0) AS queued,
         queues.running + COALESCE(sum(changes.running), 0) AS running,
         queues.succeeded + COALESCE(sum(changes.succeeded), 0) AS succeeded,
         queues.failed + COALESCE(sum(changes.failed), 0) AS failed,
         queues.cancelled + COALESCE(sum(changes.cancelled), 0) AS cancelled
  FROM :schema.queues AS queues
  LEFT JOIN :schema.queue_changes AS changes USING (queue_id)
  GROUP BY queues.queue_id;

-- ---- Jobs ----

-- By ranges of ids, which begin with the time at which a job was submitted: a partition for each day,
-- made and dropped by maintain_jobs, and one for what is older or stays longer than its day.
CREATE TABLE :schema.jobs (
  job_id uuid NOT NULL PRIMARY KEY,
  submitted_at timestamptz NOT NULL DEFAULT now(),
  -- Microseconds. timeout: null for none.
  backoff bigint NOT NULL,
  longest_backoff bigint NOT NULL,
  timeout bigint,
  -- Of UniqueAmong::kFinished.
  unique_for bigint NOT NULL DEFAULT 0,
  queue_id integer NOT NULL,
  priority smallint NOT NULL,
  max_attempts smallint NOT NULL,
  graph text COLLATE "C" NOT NULL,
  output_type text COLLATE "C" NOT NULL,
  -- A serialized protograph.JobInputs.
  inputs bytea NOT NULL,
  unique_key text COLLATE "C",
  concurrency_key text COLLATE "C",
  tags text[] COLLATE "C",
  metadata jsonb
) PARTITION BY RANGE (job_id);
CREATE TABLE :schema.jobs_other PARTITION OF :schema.jobs DEFAULT;

-- Jobs that wait or run. States: 's' scheduled, 'q' queued, 'b' queued and blocked by other jobs of its
-- concurrency key, 'r' running.
--
-- Rows live for as long as their jobs take, so that most are dead. A row is written when it is submitted,
-- once a claim, and deleted when it has finished. There is no CHECK on the state, as every statement that
-- writes would compile it anew, which is a fifth of what submitting a job costs.
CREATE TABLE :schema.live (
  job_id uuid NOT NULL PRIMARY KEY,
  -- When it is or was due; less an hour for each step of its priority. Jobs are handed out by rank.
  run_at timestamptz NOT NULL,
  rank timestamptz NOT NULL,
  -- Of 'r'. The term is drawn anew for each claim, and is what fences the job.
  claimed_at timestamptz,
  term bigint,
  owner_id uuid,
  queue_id integer NOT NULL,
  -- Attempts that have begun.
  attempt smallint NOT NULL DEFAULT 0,
  -- Owners that died while they ran it, see is_suspect.
  crashes smallint NOT NULL DEFAULT 0,
  -- UniqueAmong; 0: has no unique key.
  unique_among smallint NOT NULL DEFAULT 0,
  state "char" NOT NULL,
  -- Whether it was run before, so that it may have left checkpoints.
  was_begun boolean NOT NULL DEFAULT false,
  -- An owner died that had it. From then on owners note that they start it, so that the death of another
  -- one tells whether this job may have been the reason.
  is_suspect boolean NOT NULL DEFAULT false,
  is_started boolean NOT NULL DEFAULT false,
  cancel_requested boolean NOT NULL DEFAULT false,
  -- Whether it is counted in key_slots.
  holds_slot boolean NOT NULL DEFAULT false,
  concurrency_key text COLLATE "C",
  -- Of the last attempt that failed.
  error_code smallint,
  error text,
  failed_step text
) WITH (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 20000,
  autovacuum_vacuum_insert_scale_factor = 0,
  autovacuum_vacuum_insert_threshold = 200000,
  autovacuum_analyze_scale_factor = 0.5,
  autovacuum_vacuum_cost_delay = 0
);
-- What claims read, in its order; far jobs are not in it.
CREATE INDEX live_queued ON :schema.live (queue_id, rank, job_id) WHERE state = 'q';
CREATE INDEX live_scheduled ON :schema.live (run_at) WHERE state = 's';
CREATE INDEX live_blocked ON :schema.live (queue_id, concurrency_key, rank) WHERE state = 'b';
CREATE INDEX live_cancelling ON :schema.live (owner_id) WHERE cancel_requested;

-- How jobs have ended: 'S' succeeded, 'F' failed, 'C' cancelled. Partitions as those of jobs.
CREATE TABLE :schema.finished (
  job_id uuid NOT NULL PRIMARY KEY,
  finished_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  term bigint,
  owner_id uuid,
  queue_id integer NOT NULL,
  attempt smallint NOT NULL,
  crashes smallint NOT NULL,
  error_code smallint,
  state "char" NOT NULL,
  error text,
  failed_step text,
  result bytea
) PARTITION BY RANGE (job_id);
CREATE TABLE :schema.finished_other PARTITION OF :schema.finished DEFAULT;
-- What people look for, and few.
CREATE INDEX finished_otherwise ON :schema.finished (job_id) WHERE state <> 'S';

-- Which job has a unique key. The row of a job that has finished stays until expires_at.
CREATE TABLE :schema.unique_keys (
  queue_id integer NOT NULL,
  unique_key text COLLATE "C" NOT NULL,
  job_id uuid NOT NULL,
  expires_at timestamptz,
  PRIMARY KEY (queue_id, unique_key)
) WITH (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX unique_keys_by_job ON :schema.unique_keys (job_id);
CREATE INDEX unique_keys_expiring ON :schema.unique_keys (expires_at) WHERE expires_at IS NOT NULL;

-- How many jobs of a concurrency key are admitted: may be handed out, or run.
CREATE TABLE :schema.key_slots (
  queue_id integer NOT NULL,
  concurrency_key text COLLATE "C" NOT NULL,
  admitted integer NOT NULL,
  PRIMARY KEY (queue_id, concurrency_key)
) WITH (fillfactor = 70);
-- That jobs of a key came or slots of it were freed: appended, so that nobody waits for a key's row, and
-- worked off by admit_jobs.
CREATE TABLE :schema.key_changes (
  queue_id integer NOT NULL,
  concurrency_key text COLLATE "C" NOT NULL,
  freed integer NOT NULL
) WITH (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0
);

-- How many jobs of a queue with a limit an owner may run at once.
CREATE TABLE :schema.permits (
  queue_id integer NOT NULL,
  owner_id uuid NOT NULL,
  wanted integer NOT NULL,
  permits integer NOT NULL,
  PRIMARY KEY (queue_id, owner_id)
) WITH (fillfactor = 70);

-- Owners that found a queue empty and are told of the next job. Not logged: after a crash they poll.
CREATE UNLOGGED TABLE :schema.sleepers (
  queue_id integer NOT NULL,
  owner_id uuid NOT NULL,
  PRIMARY KEY (queue_id, owner_id)
) WITH (
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0
);

-- ---- Who works ----

ALTER TABLE :schema.owners ADD COLUMN jobs_returned_at timestamptz;

CREATE TABLE :schema.workers (
  owner_id uuid PRIMARY KEY,
  started_at timestamptz NOT NULL DEFAULT now(),
  threads integer NOT NULL,
  queue_names text[] COLLATE "C" NOT NULL,
  queue_weights integer[] NOT NULL,
  graphs text[] COLLATE "C" NOT NULL
);

CREATE TABLE :schema.graphs (
  name text COLLATE "C" PRIMARY KEY,
  fingerprint text COLLATE "C" NOT NULL,
  published_at timestamptz NOT NULL DEFAULT now(),
  -- A serialized protograph.GraphDescription, and a google.protobuf.FileDescriptorSet.
  description bytea NOT NULL,
  descriptors bytea NOT NULL
);

-- ---- For readers ----

CREATE VIEW :schema.job_states AS
  SELECT jobs.job_id, queues.name AS queue, jobs.graph, jobs.output_type,
         CASE live.state WHEN 's' THEN 'scheduled' WHEN 'r' THEN 'running' ELSE 'queued' END AS state,
         jobs.priority, live.attempt, jobs.max_attempts, live.crashes, live.cancel_requested,
         jobs.unique_key, jobs.concurrency_key, jobs.tags, jobs.metadata, jobs.submitted_at,
         CASE WHEN live.state <> 'r' THEN live.run_at END AS run_at,
         CASE WHEN live.state = 'r' THEN live.claimed_at END AS started_at,
         NULL::timestamptz AS finished_at,
         CASE WHEN live.state = 'r' THEN live.owner_id END AS owner_id,
         live.error_code, live.error, live.failed_step
  FROM :schema.live AS live
  JOIN :schema.jobs AS jobs USING (job_id)
  JOIN :schema.queues AS queues ON queues.queue_id = live.queue_id
  UNION ALL
  SELECT jobs.job_id, queues.name, jobs.graph, jobs.output_type,
         CASE finished.state WHEN 'S' THEN 'succeeded' WHEN 'F' THEN 'failed' ELSE 'cancelled' END,
         jobs.priority, finished.attempt, jobs.max_attempts, finished.crashes, false,
         jobs.unique_key, jobs.concurrency_key, jobs.tags, jobs.metadata, jobs.submitted_at,
         NULL, finished.started_at, finished.finished_at, finished.owner_id,
         finished.error_code, finished.error, finished.failed_step
  FROM :schema.finished AS finished
  JOIN :schema.jobs AS jobs USING (job_id)
  JOIN :schema.queues AS queues ON queues.queue_id = finished.queue_id;
