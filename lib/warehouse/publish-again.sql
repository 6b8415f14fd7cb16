-- The next run makes the rows of all tables that follow from this data set, from all that was ever staged.
UPDATE millrace.staged_files SET published_at = NULL WHERE dataset = :'source'
