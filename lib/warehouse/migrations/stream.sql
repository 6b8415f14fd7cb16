-- Records of a topic as they come. What is no JSON is kept as it is, and stops nothing: a cast that fails here would stop the whole view.
-- Made anew, it reads what the topic still holds; the lake has the rest.
DROP MATERIALIZED VIEW IF EXISTS millrace.:"stream";
CREATE MATERIALIZED VIEW millrace.:"stream" AUTO REFRESH NO AS
SELECT kafka_partition, kafka_offset, kafka_timestamp, refresh_time,
  CASE WHEN CAN_JSON_PARSE(kafka_value) THEN JSON_PARSE(kafka_value) ELSE NULL END AS record,
  CASE WHEN NOT CAN_JSON_PARSE(kafka_value) THEN kafka_value ELSE NULL END AS unreadable
FROM kafka.:"topic"
