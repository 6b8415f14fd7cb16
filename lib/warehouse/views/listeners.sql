SELECT
  users.user_id,
  users.first_name,
  users.last_name,
  users.gender,
  users.level,
  users.registration,
  played.plays,
  played.hours,
  played.sessions,
  played.days,
  played.songs,
  played.first_played,
  played.last_played,
  scores.probability AS churn_probability,
  scores.at_risk AS churn_at_risk,
  scores.reason_1 AS churn_reason_1,
  scores.reason_2 AS churn_reason_2,
  scores.reason_3 AS churn_reason_3,
  scores.cutoff AS churn_cutoff
FROM millrace.users
JOIN (
  SELECT
    user_id,
    COUNT(*) AS plays,
    SUM(length) / 3600 AS hours,
    COUNT(DISTINCT session_id) AS sessions,
    COUNT(DISTINCT CAST(start_time AT TIME ZONE 'UTC' AS date)) AS days,
    COUNT(DISTINCT song_title || ' / ' || artist_name) AS songs,
    MIN(start_time) AS first_played,
    MAX(start_time) AS last_played
  FROM millrace.songplays
  GROUP BY user_id
) AS played ON played.user_id = users.user_id
LEFT JOIN (
  SELECT user_id, MAX(cutoff) AS cutoff FROM millrace.churn_scores GROUP BY user_id
) AS scored ON scored.user_id = users.user_id
LEFT JOIN millrace.churn_scores AS scores ON scores.user_id = scored.user_id AND scores.cutoff = scored.cutoff
