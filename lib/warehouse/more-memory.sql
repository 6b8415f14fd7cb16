-- For the transaction, unless the server gives as much anyway: its default is for many users at once, and groups of a million go to disk.
SELECT set_config('work_mem', '64MB', true)
WHERE pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB')
