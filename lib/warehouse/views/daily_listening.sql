SELECT
  CAST(start_time AT TIME ZONE 'UTC' AS date) AS day,
  level,
  COUNT(*) AS plays,
  COUNT(DISTINCT user_id) AS listeners,
  COUNT(DISTINCT session_id) AS sessions,
  SUM(length) / 3600 AS hours,
  COUNT(song_id) AS plays_of_known_songs
FROM millrace.songplays
GROUP BY CAST(start_time AT TIME ZONE 'UTC' AS date), level
