-- Starts executions whose workflow has a claim, or that were logged before (see claim_free.sql, whose
-- arrays it takes). Takes over claims that were released or whose owner is dead, logging the execution
-- that had it as abandoned. Returns for each row its position, from 1, its term and the outcome:
--
--   claimed   the workflow is the execution's, or the execution was logged and ended before: the call
--             is a repeated one
--   refused   it belongs to another one, or the execution lost it
--   free      the claim has gone in the meantime: ask claim_free.sql again
--
-- Plan: lookups by the primary keys of claims, executions and owners for each row.
-- Locks: the rows of claims that lock_takeable.sql has locked, and rows of executions.
WITH given AS (
  SELECT *
  FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::int[],
              $8::timestamptz[])
    WITH ORDINALITY AS given (workflow_id, execution_id, owner_id, graph, fingerprint, output_type,
                              attempt, started_at, position)
), judged AS MATERIALIZED (
  SELECT given.*,
         claims.execution_id AS holder,
         COALESCE(logged.term, claims.term) AS held_term,
         CASE
           WHEN logged.state IN ('succeeded', 'failed') THEN 'claimed'
           WHEN claims.execution_id = given.execution_id AND claims.released_at IS NULL THEN 'claimed'
           WHEN logged.state IS NOT NULL THEN 'refused'
           WHEN claims.workflow_id IS NULL THEN 'free'
           WHEN claims.released_at IS NOT NULL OR living.owner_id IS NULL THEN 'taken'
           ELSE 'refused'
         END AS outcome
  FROM given
  LEFT JOIN :schema.claims AS claims ON claims.workflow_id = given.workflow_id
  LEFT JOIN :schema.living_owners AS living ON living.owner_id = claims.owner_id
  LEFT JOIN :schema.executions AS logged ON logged.execution_id = given.execution_id
), taken AS (
  UPDATE :schema.claims AS claims
  SET execution_id = judged.execution_id,
      owner_id = judged.owner_id,
      term = DEFAULT,
      released_at = NULL
  FROM judged
  -- The holder once more: a claim that another transaction took in the meantime is left alone.
  WHERE judged.outcome = 'taken'
    AND claims.workflow_id = judged.workflow_id
    AND claims.execution_id = judged.holder
  RETURNING judged.position, claims.term
), abandoned AS (
  UPDATE :schema.executions AS executions
  SET state = 'abandoned', ended_at = now(), closed_at = now()
  FROM taken
  JOIN judged USING (position)
  WHERE executions.execution_id = judged.holder AND executions.state = 'running'
), logged AS (
  INSERT INTO :schema.executions (execution_id, workflow_id, owner_id, graph, fingerprint, output_type,
                                  attempt, term, started_at)
  SELECT judged.execution_id, judged.workflow_id, judged.owner_id, judged.graph, judged.fingerprint,
         judged.output_type, judged.attempt, taken.term, judged.started_at
  FROM taken
  JOIN judged USING (position)
)
SELECT judged.position,
       COALESCE(taken.term, judged.held_term, 0) AS term,
       CASE
         WHEN taken.position IS NOT NULL THEN 'claimed'
         WHEN judged.outcome = 'taken' THEN 'refused'
         ELSE judged.outcome
       END AS outcome
FROM judged
LEFT JOIN taken USING (position)
