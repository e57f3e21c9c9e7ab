-- The checkpoints of one workflow. Bytes as hexadecimal digits, whatever bytea_output says.
-- Plan: a range of the primary key.
-- Locks: none.
SELECT output_type,
       encode(input_hash, 'hex'),
       step,
       encoding,
       encode(payload, 'hex'),
       encode(digest, 'hex')
FROM :schema.checkpoints
WHERE workflow_id = $1::text
