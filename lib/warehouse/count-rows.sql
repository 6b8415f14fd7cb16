SELECT count(*) AS row_count FROM millrace.:"table"
