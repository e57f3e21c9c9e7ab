-- Writes checkpoints of executions that have their workflow. Returns the numbers, from 1, of the
-- executions that have it.
--
--   $1, $2   workflow_id and execution_id of the executions, sorted by workflow_id
--   $3..$9   the checkpoints, sorted by their key, each at most once; $3 is the execution's number
--
-- A row that is there is replaced only where it differs: a damaged checkpoint, whose step ran again.
-- Repeating a write changes nothing and writes nothing.
--
-- Plan: the primary key of claims, a lookup for each execution; the primary key of checkpoints, an
-- insert for each row.
-- Locks: the executions' rows of claims, shared, so that no workflow changes hands before this commits
-- (a row that changed hands while this waited for its lock is judged anew and drops out); the rows of
-- checkpoints. Both in the order of their keys.
WITH held AS MATERIALIZED (
  SELECT claims.workflow_id, given.number
  FROM unnest($1::text[], $2::uuid[])
    WITH ORDINALITY AS given (workflow_id, execution_id, number)
  JOIN :schema.claims AS claims
    ON claims.workflow_id = given.workflow_id
    AND claims.execution_id = given.execution_id
    AND claims.released_at IS NULL
  ORDER BY given.number
  FOR SHARE OF claims
), written AS (
  INSERT INTO :schema.checkpoints AS present (workflow_id, output_type, input_hash, step, encoding,
                                              payload, digest)
  SELECT held.workflow_id, given.output_type, given.input_hash, given.step, given.encoding,
         given.payload, given.digest
  FROM unnest($3::int[], $4::text[], $5::bytea[], $6::text[], $7::smallint[], $8::bytea[],
              $9::bytea[])
    WITH ORDINALITY AS given (number, output_type, input_hash, step, encoding, payload, digest,
                              position)
  JOIN held ON held.number = given.number
  ORDER BY given.position
  ON CONFLICT (workflow_id, output_type, input_hash) DO UPDATE
  SET step = excluded.step,
      encoding = excluded.encoding,
      payload = excluded.payload,
      digest = excluded.digest,
      created_at = now()
  WHERE (present.digest, present.encoding, present.payload)
    IS DISTINCT FROM (excluded.digest, excluded.encoding, excluded.payload)
)
SELECT number FROM held
