-- Fails where a key is there more than once: a transaction of the Data API cannot look at a count and stop.
-- A text that is not a number cannot be cast to one; the error, or the statement it names, tells the text. '0' can be, so that it does not
-- matter whether an engine casts before it chooses.
SELECT CAST(CASE WHEN count(*) > 0 THEN :'refusal' || CAST(count(*) AS varchar) || ' keys more than once' ELSE '0' END AS integer) AS duplicates
FROM (SELECT 1 AS one FROM :"staging" GROUP BY :"key" HAVING count(*) > 1) AS repeated
