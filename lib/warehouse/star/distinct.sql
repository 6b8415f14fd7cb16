-- Makes the rows of a derived table that follow from files not published yet, where all of a row follows from its key.
DELETE FROM millrace.:"next";
INSERT INTO millrace.:"next" (:"columns")
-- New rows are told by what is published: a first load then has nothing to look up.
WITH published_files AS (
  SELECT file_id FROM millrace.staged_files WHERE dataset = :'source' AND published_at IS NOT NULL
)
SELECT :values
FROM (
  SELECT DISTINCT :source_columns
  FROM millrace.:"staged" AS source
  WHERE :wanted AND source.file_id NOT IN (SELECT file_id FROM published_files)
) AS source
-- In order the index of the table grows at its end, and stays in memory.
ORDER BY :source_columns
