-- What the schema holds now, to tell which columns a contract has gained.
SELECT table_name, column_name, data_type
FROM information_schema.columns
WHERE table_schema = 'millrace'
ORDER BY table_name, ordinal_position
