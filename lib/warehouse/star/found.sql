-- The other table as it is by now, and what is found in it: for each combination of values that rows ask for, the nearest that fits,
-- and of those as near as each other the one with the smallest key.
catalogue AS (
  SELECT :"catalogue_columns"
  FROM (
    SELECT :catalogue_values, ROW_NUMBER() OVER (PARTITION BY :catalogue_key_values ORDER BY :catalogue_order) AS place
    FROM millrace.:"catalogue_staged" AS source
    WHERE :catalogue_wanted
  ) AS versions
  WHERE place = 1
),
found AS (
  SELECT :asked, :found_values, ROW_NUMBER() OVER (PARTITION BY :asked ORDER BY :distance, catalogue.:"catalogue_key") AS place
  FROM (
    SELECT DISTINCT :asking
    FROM :asking_rows
  ) AS asked
  JOIN catalogue ON :asked_on AND :distance <= :within
)
