-- A table as it would be: the next rows, and those rows of before that none of them replaces.
SELECT :"columns" FROM millrace.:"next"
UNION ALL
SELECT :kept_columns
FROM millrace.:"table" AS kept
LEFT JOIN millrace.:"next" AS replacement ON :same_key
WHERE :not_replaced
