-- Who IAM lets into the warehouse may read it.
GRANT USAGE ON SCHEMA millrace TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA millrace TO PUBLIC
