-- See migrations/0008_items.sql.
SELECT :schema.store_item_results($1::uuid, $2::uuid[], $3::bigint[], $4::integer[], $5::integer[], $6::bytea[])
