-- The tables of the lake, read where they are. Dropping an external schema drops none of them.
DROP SCHEMA IF EXISTS lake;
CREATE EXTERNAL SCHEMA lake FROM DATA CATALOG DATABASE :'database' REGION :'region' IAM_ROLE :'role';
GRANT USAGE ON SCHEMA lake TO PUBLIC
