-- See migrations/0008_items.sql.
SELECT :schema.publish_progress($1::uuid, $2::uuid[], $3::integer[], $4::text[], $5::bigint[], $6::bigint[],
                                $7::bigint[], $8::bigint[])
