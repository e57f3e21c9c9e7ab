-- Remembers a migration in the transaction that applies it.
INSERT INTO :schema.migrations (number, name, checksum) VALUES ($1::int, $2::text, $3::text)
