-- Files whose rows are in the published tables. The literal 'now' is the time of the transaction; CURRENT_TIMESTAMP Redshift keeps from its tables.
UPDATE millrace.staged_files SET published_at = CAST('now' AS timestamp with time zone) WHERE published_at IS NULL AND dataset IN (:sources)
