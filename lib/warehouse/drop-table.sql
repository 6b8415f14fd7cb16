DROP TABLE IF EXISTS millrace.:"table"
