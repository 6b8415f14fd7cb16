-- Makes the rows of a derived table that follow from files not published yet, with what is found for them in another table: one of every key
-- that the files hold or whose finding they may change, by all rows staged so far.
DELETE FROM millrace.:"next";
INSERT INTO millrace.:"next" (:"columns")
WITH new_files AS (
  SELECT file_id FROM millrace.staged_files WHERE dataset = :'source' AND published_at IS NULL
),
-- The other table as it is by now.
catalogue AS (
  SELECT :"catalogue_columns"
  FROM (
    SELECT :catalogue_values, ROW_NUMBER() OVER (PARTITION BY :catalogue_key_values ORDER BY :catalogue_order) AS place
    FROM millrace.:"catalogue_staged" AS source
    WHERE :catalogue_wanted
  ) AS versions
  WHERE place = 1
),
-- What its new rows are found by, and what their older versions were found by.
changed AS (
  SELECT DISTINCT :catalogue_on
  FROM millrace.:"catalogue_staged" AS source
  WHERE :catalogue_wanted AND (:catalogue_key_values) IN (
    SELECT :catalogue_key_values
    FROM millrace.:"catalogue_staged" AS source
    JOIN millrace.staged_files ON staged_files.file_id = source.file_id
    WHERE staged_files.dataset = :'catalogue_source' AND staged_files.published_at IS NULL
  )
),
touched AS (
  SELECT :keys
  FROM millrace.:"staged" AS source
  LEFT JOIN new_files ON new_files.file_id = source.file_id
  LEFT JOIN changed ON :changed_on
  WHERE :wanted AND (new_files.file_id IS NOT NULL OR :changed_there)
),
-- Most keys have one row: rows are compared where a key has several, and of these only the last.
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
  LEFT JOIN new_files ON new_files.file_id = source.file_id
  LEFT JOIN changed ON :changed_on
  LEFT JOIN several ON :of_several
  WHERE :wanted AND several.last_first IS NULL AND (new_files.file_id IS NOT NULL OR :changed_there)
  UNION ALL
  SELECT :"source_columns" FROM ranked WHERE place = 1
),
-- Looked up once for all rows that ask for the same. Of several that fit, the nearest; of those as near as each other, the smallest key.
found AS (
  SELECT :asked, :found_values, ROW_NUMBER() OVER (PARTITION BY :asked_values ORDER BY :distance, catalogue.:"catalogue_key") AS place
  FROM (SELECT DISTINCT :"asked_columns" FROM picked) AS asked
  JOIN catalogue ON :asked_on AND :distance <= :within
)
SELECT :values
FROM picked
LEFT JOIN found ON :of_found AND found.place = 1
