-- In the MERGE that PostgreSQL and Redshift have in common: a table as source, both branches, no conditions. The next rows stay until others are made.
MERGE INTO millrace.:"table" USING millrace.:"next" AS source ON :same_key
WHEN MATCHED THEN UPDATE SET :changes
WHEN NOT MATCHED THEN INSERT (:"columns") VALUES (:values)
