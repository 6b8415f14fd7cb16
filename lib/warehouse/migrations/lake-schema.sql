-- The tables of the lake, read where they are. Changed, not made anew: views of people may hang on it, and only the role ever changes.
CREATE EXTERNAL SCHEMA IF NOT EXISTS lake FROM DATA CATALOG DATABASE :'database' REGION :'region' IAM_ROLE :'role';
ALTER EXTERNAL SCHEMA lake IAM_ROLE :'role';
GRANT USAGE ON SCHEMA lake TO PUBLIC
