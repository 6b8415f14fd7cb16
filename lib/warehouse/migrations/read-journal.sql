SELECT name, text_hash FROM millrace.migrations
