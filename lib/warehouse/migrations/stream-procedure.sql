-- Only a view's owner may refresh it; by this procedure, which runs as the owner, whoever may read the warehouse may.
CREATE OR REPLACE PROCEDURE millrace.:"procedure"() AS $$ BEGIN REFRESH MATERIALIZED VIEW millrace.:"stream"; END; $$ LANGUAGE plpgsql SECURITY DEFINER;
GRANT EXECUTE ON PROCEDURE millrace.:"procedure"() TO PUBLIC
