-- What a parent has handed over at one place; what is left to its attempt is in microseconds.
SELECT attempt, (extract(epoch FROM deadline - clock_timestamp()) * 1000000)::bigint,
       encode(shared_inputs, 'hex')
FROM :schema.fan_outs
WHERE parent_id = $1::uuid AND key = $2::bytea
