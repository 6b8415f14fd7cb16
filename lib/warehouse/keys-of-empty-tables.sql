-- Primary keys that may be made after a table's first rows, by sorting them, in place of row by row: of tables that never held any, that are
-- ours to change, and on which nothing of somebody else's hangs, such as a foreign key, or a view that groups by the key alone.
SELECT pg_class.relname AS table_name, conname AS key_name, pg_get_constraintdef(pg_constraint.oid) AS definition
FROM pg_constraint
JOIN pg_class ON pg_class.oid = conrelid
WHERE pg_class.relnamespace = CAST('millrace' AS regnamespace) AND contype = 'p' AND pg_class.relname IN (:tables)
  AND pg_relation_size(conrelid) = 0
  AND pg_has_role(pg_class.relowner, 'USAGE')
  AND NOT EXISTS (
    SELECT 1 FROM pg_depend
    WHERE deptype = 'n'
      AND ((refclassid = CAST('pg_constraint' AS regclass) AND refobjid = pg_constraint.oid)
        OR (refclassid = CAST('pg_class' AS regclass) AND refobjid = conindid))
  )
