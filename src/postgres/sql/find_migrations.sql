-- Whether the schema is there, and the table of its migrations in it. Reads the catalogue, which every
-- role may.
SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1::text),
       EXISTS (
         SELECT
         FROM pg_class
         JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
         WHERE pg_namespace.nspname = $1::text AND pg_class.relname = 'migrations')
