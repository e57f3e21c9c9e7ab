-- What has become of the ticks of a schedule, the last first; $2: how many.
SELECT :schema.micros_of(firings.tick), firings.outcome, firings.job_id, :schema.micros_of(firings.fired_at),
       firings.owner_id
FROM :schema.schedules AS schedules
JOIN :schema.schedule_firings AS firings USING (schedule_id)
WHERE schedules.name = $1::text
ORDER BY firings.tick DESC
LIMIT $2::bigint
