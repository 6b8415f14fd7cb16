-- Appends staged files to a table: those that a manifest lists. Columns are found by the names in the JSON; what a row has beside them is left
-- out, what it lacks is null. An empty text stays one. A text longer than its column fails the load (SYS_LOAD_ERROR_DETAIL names the row).
COPY millrace.:"table" FROM :'manifest' IAM_ROLE :'role' REGION :'region'
FORMAT JSON 'auto' MANIFEST GZIP TIMEFORMAT 'auto' COMPUPDATE OFF
