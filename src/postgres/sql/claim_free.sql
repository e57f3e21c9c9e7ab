-- Starts executions whose workflow has no claim, which is nearly all of them: claims the workflow and
-- logs the execution. Returns the position in the arrays, from 1, and the term of those that started;
-- claim_held.sql sees to the others. Executions that were logged before are among the others.
--
-- The arrays are sorted by workflow_id, each at most once.
-- Plan: the primary keys of executions and claims, a lookup and an insert for each row.
-- Locks: the new rows of claims, in their order. Where another transaction is inserting the same
-- workflow, waits for its end.
--
-- The term is taken before the row is there. Where another execution claims and ends the workflow in
-- between, its term is the larger one: what is fenced by terms then refuses this execution, which is
-- the safe side.
WITH given AS (
  SELECT *
  FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::int[],
              $8::timestamptz[])
    WITH ORDINALITY AS given (workflow_id, execution_id, owner_id, graph, fingerprint, output_type,
                              attempt, started_at, position)
), claimed AS (
  INSERT INTO :schema.claims (workflow_id, execution_id, owner_id)
  SELECT fresh.workflow_id, fresh.execution_id, fresh.owner_id
  FROM (
    SELECT given.*
    FROM given
    WHERE NOT EXISTS (
      SELECT FROM :schema.executions AS logged WHERE logged.execution_id = given.execution_id)
    ORDER BY given.position
  ) AS fresh
  ON CONFLICT (workflow_id) DO NOTHING
  RETURNING workflow_id, execution_id, term
), logged AS (
  INSERT INTO :schema.executions (execution_id, workflow_id, owner_id, graph, fingerprint, output_type,
                                  attempt, term, started_at)
  SELECT given.execution_id, given.workflow_id, given.owner_id, given.graph, given.fingerprint,
         given.output_type, given.attempt, claimed.term, given.started_at
  FROM claimed
  JOIN given USING (workflow_id)
  ON CONFLICT (execution_id) DO NOTHING
)
SELECT given.position, claimed.term
FROM claimed
JOIN given USING (workflow_id)
