-- Writes checkpoints that are not there yet, as nearly all are, and takes and returns the same as
-- write_checkpoints.sql. Where one is there it fails as a whole, with unique_violation; that one then
-- does it. Not to look for each row beforehand saves a quarter of the time.
--
-- Plan: the primary key of claims, a lookup for each execution; an insert for each row.
-- Locks: as write_checkpoints.sql, but the new rows in no order: only a repeated write meets another
-- that has them, and one of the two then fails.
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
  INSERT INTO :schema.checkpoints (workflow_id, output_type, input_hash, step, encoding, payload,
                                   digest)
  SELECT held.workflow_id, given.output_type, given.input_hash, given.step, given.encoding,
         given.payload, given.digest
  FROM unnest($3::int[], $4::text[], $5::bytea[], $6::text[], $7::smallint[], $8::bytea[],
              $9::bytea[])
    AS given (number, output_type, input_hash, step, encoding, payload, digest)
  JOIN held ON held.number = given.number
)
SELECT number FROM held
