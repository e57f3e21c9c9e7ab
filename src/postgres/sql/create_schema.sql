-- CREATE ... IF NOT EXISTS would need the right to create where the schema is there, too.
CREATE SCHEMA :schema
