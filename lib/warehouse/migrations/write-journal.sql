DELETE FROM millrace.migrations WHERE name = :'name';
INSERT INTO millrace.migrations (name, text_hash, applied_at) SELECT :'name', :'hash', CAST(:'time' AS timestamp)
