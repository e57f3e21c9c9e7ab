-- What is left to an attempt that has handed something over, in microseconds: by its last call.
SELECT (extract(epoch FROM deadline - clock_timestamp()) * 1000000)::bigint
FROM :schema.fan_outs
WHERE parent_id = $1::uuid AND called_in = $2::smallint
ORDER BY called_at DESC
LIMIT 1
