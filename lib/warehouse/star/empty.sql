DELETE FROM millrace.:"next"
