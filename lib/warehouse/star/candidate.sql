-- A table as it would be: the next rows, and those rows of before that none of them replaces.
SELECT :"columns" FROM millrace.:"next"
UNION ALL
SELECT :published_columns
FROM millrace.:"table" AS published
LEFT JOIN millrace.:"next" AS replacement ON :replaced
WHERE :not_replaced
