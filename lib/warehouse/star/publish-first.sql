-- Into an empty table: MERGE takes half as long again.
INSERT INTO millrace.:"table" (:"columns") SELECT :"columns" FROM millrace.:"next"
