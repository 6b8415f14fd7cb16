-- Tables that have grown by half since the planner last looked at them, or that it never did.
SELECT relname AS table_name
FROM pg_class
WHERE relnamespace = CAST('millrace' AS regnamespace) AND relkind = 'r'
  AND pg_relation_size(oid) > 1.5 * GREATEST(relpages, 0) * CAST(current_setting('block_size') AS integer)
ORDER BY relname
