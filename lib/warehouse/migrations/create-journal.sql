-- Which migrations the schema has had, and a hash of the text of each.
CREATE TABLE IF NOT EXISTS millrace.migrations (name varchar(256) NOT NULL, text_hash char(64) NOT NULL, applied_at timestamp NOT NULL, PRIMARY KEY (name))
