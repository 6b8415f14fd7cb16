-- Makes the rows of a derived table that follow from files not published yet: one of every key that they hold, by all rows staged so far.
DELETE FROM millrace.:"next";
INSERT INTO millrace.:"next" (:"columns")
WITH new_files AS (
  SELECT file_id FROM millrace.staged_files WHERE dataset = :'source' AND published_at IS NULL
),
-- Found by grouping, so that of the many rows that a key may have only the last ones are sorted.
latest AS (
  SELECT :keys, MAX(source.:"first") AS newest
  FROM millrace.:"staged" AS source
  LEFT JOIN new_files ON new_files.file_id = source.file_id
  WHERE :wanted
  GROUP BY :key_values
  HAVING COUNT(new_files.file_id) > 0
),
versions AS (
  SELECT :source_columns, ROW_NUMBER() OVER (PARTITION BY :key_values ORDER BY :order) AS place
  FROM millrace.:"staged" AS source
  JOIN latest ON :of_latest AND latest.newest = source.:"first"
  WHERE :wanted
)
SELECT :values FROM versions AS source WHERE place = 1
