-- See migrations/0006_schedules.sql. The columns are those of list_schedules.sql, and the time; a row of nothing
-- else where none is due.
SELECT name, definition::text, source, revision, is_paused, problem, is_planned,
       :schema.micros_of(next_tick), :schema.micros_of(last_tick), :schema.micros_of(pending_tick),
       last_job_id, is_last_job_live, :schema.micros_of(changed_at), runs, missed, overlapped, failures,
       :schema.micros_of(last_run_tick),
       :schema.micros_of(clock_timestamp())
FROM (SELECT) AS one
LEFT JOIN LATERAL :schema.find_due_schedules($1::int) AS due ON true
