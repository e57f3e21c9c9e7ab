-- Schedules by name, from the one after $1; $2: how many. Where $3: only the one that is called $1.
SELECT name, definition::text, source, revision, is_paused, problem, is_planned,
       :schema.micros_of(next_tick), :schema.micros_of(last_tick), :schema.micros_of(pending_tick),
       last_job_id, is_last_job_live, :schema.micros_of(changed_at), runs, missed, overlapped, failures,
       :schema.micros_of(last_run_tick)
FROM :schema.schedule_states
WHERE CASE WHEN $3::boolean THEN name = $1::text ELSE name > $1::text END
ORDER BY name
LIMIT $2::bigint
