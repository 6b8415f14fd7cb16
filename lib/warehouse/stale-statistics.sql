-- Tables that have grown by half since the planner last looked at them, or that it never did; and the files, as how many of them are new
-- decides whether rows are looked through once or once a file.
SELECT relname AS table_name, relname LIKE 'staged!_%' ESCAPE '!' OR relname LIKE 'next!_%' ESCAPE '!' AS is_work
FROM pg_class
WHERE relnamespace = CAST('millrace' AS regnamespace) AND relkind = 'r'
  AND (relname = 'staged_files' OR pg_relation_size(oid) > 1.5 * relpages * CAST(current_setting('block_size') AS integer))
ORDER BY relname
