-- The last score of each listener: one of an earlier cut-off says less.
SELECT
  songplays.songplay_id,
  songplays.start_time,
  CAST(songplays.start_time AT TIME ZONE 'UTC' AS date) AS day,
  instants.year,
  instants.month,
  instants.week,
  instants.weekday,
  instants.hour,
  songplays.session_id,
  songplays.user_id,
  users.first_name,
  users.last_name,
  users.gender,
  songplays.level,
  users.level AS level_now,
  songplays.location,
  songplays.user_agent,
  COALESCE(songs.title, songplays.song_title) AS song,
  COALESCE(artists.name, songplays.artist_name) AS artist,
  songplays.length / 60 AS minutes,
  songplays.song_id,
  songplays.artist_id,
  songs.year AS song_year,
  artists.location AS artist_location,
  artists.latitude AS artist_latitude,
  artists.longitude AS artist_longitude,
  scores.probability AS churn_probability,
  scores.at_risk AS churn_at_risk,
  scores.cutoff AS churn_cutoff
FROM millrace.songplays
JOIN millrace."time" AS instants ON instants.start_time = songplays.start_time
LEFT JOIN millrace.users ON users.user_id = songplays.user_id
LEFT JOIN millrace.songs ON songs.song_id = songplays.song_id
LEFT JOIN millrace.artists ON artists.artist_id = songplays.artist_id
LEFT JOIN (
  SELECT user_id, MAX(cutoff) AS cutoff FROM millrace.churn_scores GROUP BY user_id
) AS scored ON scored.user_id = songplays.user_id
LEFT JOIN millrace.churn_scores AS scores ON scores.user_id = scored.user_id AND scores.cutoff = scored.cutoff
