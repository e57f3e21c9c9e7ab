-- What find_migrations.sql looks for.
CREATE TABLE :schema.migrations (
  number integer PRIMARY KEY,
  name text NOT NULL,
  -- SHA-256 of the file.
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)
