-- For the transaction. The default memory is for many users at once, and groups of a million would go to disk. As soon as the planner
-- expects fewer rows of a subquery than come, it compares each with each: for whole tables hash joins are right, or nearly. And steps run
-- side by side already: a query that spreads over further processes hands them each row, which takes longer than what is done with it.
SELECT
  set_config('work_mem', CASE WHEN pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB') THEN '64MB' ELSE current_setting('work_mem') END, true),
  set_config('enable_nestloop', 'off', true),
  set_config('max_parallel_workers_per_gather', '0', true)
