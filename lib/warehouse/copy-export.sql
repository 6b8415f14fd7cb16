-- Exports are as docs/architecture.md says: an empty field is null, a time is ISO 8601. The header line is skipped, not compared: the columns are
-- named here, and publish.py writes the columns of the same contract in the same order. A text longer than its column
-- fails the load, as it does on PostgreSQL; SYS_LOAD_ERROR_DETAIL names the row.
COPY :"staging" (:"columns") FROM :'source' IAM_ROLE :'role' REGION :'region'
FORMAT CSV GZIP IGNOREHEADER 1 EMPTYASNULL DATEFORMAT 'auto' TIMEFORMAT 'auto' COMPUPDATE OFF
