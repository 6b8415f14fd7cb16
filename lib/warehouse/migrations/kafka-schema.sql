-- The topics. Streaming views hang on the schema, so that it is changed, not made anew, when brokers are others.
CREATE EXTERNAL SCHEMA IF NOT EXISTS kafka FROM KAFKA IAM_ROLE :'role' AUTHENTICATION IAM URI :'brokers';
ALTER EXTERNAL SCHEMA kafka IAM_ROLE :'role' AUTHENTICATION IAM URI :'brokers';
GRANT USAGE ON SCHEMA kafka TO PUBLIC
