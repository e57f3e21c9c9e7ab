-- What the log says of a workflow's executions, the newest first.
-- Plan: executions_of_workflow, backwards, up to the limit.
-- Locks: none.
SELECT execution_id,
       workflow_id,
       owner_id,
       graph,
       fingerprint,
       output_type,
       state,
       attempt,
       term,
       failed_step,
       error,
       (extract(epoch FROM started_at) * 1000000)::bigint,
       (extract(epoch FROM ended_at) * 1000000)::bigint
FROM :schema.executions
WHERE workflow_id = $1::text
ORDER BY term DESC
LIMIT $2::bigint
