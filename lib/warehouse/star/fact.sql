-- Makes the rows of a derived table that follow from files not published yet, each with what is found for it in another table.
DELETE FROM millrace.:"next";
-- Rows of the new files, told by what is published: a first load then has nothing to look up. Few keys have several rows: of these all but the
-- last one are left out, by all rows staged so far.
INSERT INTO millrace.:"next" (:"columns")
WITH published_files AS (
  SELECT file_id FROM millrace.staged_files WHERE dataset = :'source' AND published_at IS NOT NULL
),
repeated AS (
  SELECT :keys
  FROM millrace.:"staged" AS source
  LEFT JOIN published_files ON published_files.file_id = source.file_id
  WHERE :wanted
  GROUP BY :key_values
  HAVING COUNT(*) > 1 AND COUNT(*) > COUNT(published_files.file_id)
),
superseded AS (
  SELECT file_id, file_line
  FROM (
    SELECT source.file_id, source.file_line, ROW_NUMBER() OVER (PARTITION BY :key_values ORDER BY :order) AS place
    FROM millrace.:"staged" AS source
    JOIN repeated ON :of_repeated
    WHERE :wanted
  ) AS versions
  WHERE place > 1
),
:found_for_new_rows
SELECT :values
FROM millrace.:"staged" AS source
LEFT JOIN superseded ON superseded.file_id = source.file_id AND superseded.file_line = source.file_line
LEFT JOIN found ON :of_found AND found.place = 1
WHERE :wanted AND source.file_id NOT IN (SELECT file_id FROM published_files) AND superseded.file_id IS NULL;
-- Published rows for which something else may be found now: what they ask for, a new row of the other table has, or had before it was changed.
INSERT INTO millrace.:"next" (:"columns")
WITH changed AS (
  SELECT DISTINCT :catalogue_on
  FROM millrace.:"catalogue_staged" AS source
  WHERE :catalogue_wanted AND (:catalogue_key_values) IN (
    SELECT :catalogue_key_values
    FROM millrace.:"catalogue_staged" AS source
    JOIN millrace.staged_files AS files ON files.file_id = source.file_id
    WHERE files.dataset = :'catalogue_source' AND files.published_at IS NULL
  )
),
:found_for_published_rows
SELECT :published_values
FROM millrace.:"table" AS published
JOIN changed ON :published_changed
LEFT JOIN millrace.:"next" AS replacement ON :replaced
LEFT JOIN found ON :published_found AND found.place = 1
WHERE :not_replaced
