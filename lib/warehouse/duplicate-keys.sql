-- Redshift enforces no primary key: a load checks it, on every engine.
SELECT count(*) AS duplicates
FROM (SELECT 1 AS one FROM :"staging" GROUP BY :"key" HAVING count(*) > 1) AS repeated
