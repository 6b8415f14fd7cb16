-- Takes a table's exports. It goes with the session, so that a load that is cut off leaves nothing behind.
CREATE TEMPORARY TABLE :"staging" (LIKE millrace.:"table")
