-- Replaces each slice that the staging table holds rows of, whole: a row that the new slice has no more is gone, other slices stay.
-- Columns of a slice are part of the key, so none of them is null and IN tells all of them.
DELETE FROM millrace.:"table" WHERE (:"slice") IN (SELECT :"slice" FROM :"staging");
INSERT INTO millrace.:"table" (:"columns") SELECT :"columns" FROM :"staging";
DROP TABLE :"staging"
