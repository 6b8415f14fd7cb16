-- Files whose rows are in the published tables. The literal 'now' is the time of the transaction; CURRENT_TIMESTAMP Redshift keeps from its tables.
-- PostgreSQL empties the next tables, which it keeps no log of, where it has to recover from a crash: then nothing was published, and the next
-- run makes the rows anew. So it does where the files hold rows, but none to publish; without a row there is nothing to be lost.
UPDATE millrace.staged_files SET published_at = CAST('now' AS timestamp with time zone)
WHERE published_at IS NULL AND dataset IN (:sources) AND (rows = 0 OR EXISTS (:any_next))
