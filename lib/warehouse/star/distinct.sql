-- Makes the rows of a derived table that follow from files not published yet, where all of a row follows from its key.
DELETE FROM millrace.:"next";
INSERT INTO millrace.:"next" (:"columns")
WITH new_files AS (
  SELECT file_id FROM millrace.staged_files WHERE dataset = :'source' AND published_at IS NULL
)
SELECT :values
FROM (
  SELECT DISTINCT :source_columns
  FROM millrace.:"staged" AS source
  JOIN new_files ON new_files.file_id = source.file_id
  WHERE :wanted
) AS source
-- In order the index of the table grows at its end, and stays in memory.
ORDER BY :source_columns
