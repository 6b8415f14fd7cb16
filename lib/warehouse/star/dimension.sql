-- Makes the rows of a derived table that follow from files not published yet: one of every key that they hold, by all rows staged so far.
DELETE FROM millrace.:"next";
INSERT INTO millrace.:"next" (:"columns")
WITH new_files AS (
  SELECT file_id FROM millrace.staged_files WHERE dataset = :'source' AND published_at IS NULL
),
touched AS (
  SELECT :keys
  FROM millrace.:"staged" AS source
  JOIN new_files ON new_files.file_id = source.file_id
  WHERE :wanted
),
-- Most events have one row, and most keys of other tables have many: rows are compared where a key has several, and of these only the last.
several AS (
  SELECT :keys, MAX(source.:"first") AS last_first
  FROM millrace.:"staged" AS source
  WHERE :wanted AND (:key_values) IN (SELECT :"key" FROM touched)
  GROUP BY :key_values
  HAVING COUNT(*) > 1
),
ranked AS (
  SELECT :source_columns, ROW_NUMBER() OVER (PARTITION BY :key_values ORDER BY :order) AS place
  FROM millrace.:"staged" AS source
  JOIN several ON :of_several AND several.last_first = source.:"first"
  WHERE :wanted
),
picked AS (
  SELECT :source_columns
  FROM millrace.:"staged" AS source
  JOIN new_files ON new_files.file_id = source.file_id
  LEFT JOIN several ON :of_several
  WHERE :wanted AND several.last_first IS NULL
  UNION ALL
  SELECT :"source_columns" FROM ranked WHERE place = 1
)
SELECT :values FROM picked
