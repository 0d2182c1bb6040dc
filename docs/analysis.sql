-- An example for analysts, in DuckDB: how the poor rate and the income of poor households moved in each district.
--
--   soho export --data ./data --parquet ./so-ho
--   cd so-ho && duckdb < ../docs/analysis.sql
--
-- The round is a folder's name (`round=2011`). What each column is, in which unit, stands in dictionary.csv.

CREATE VIEW households AS SELECT * FROM read_parquet('households/*/*.parquet', hive_partitioning = true);
CREATE VIEW tallies AS SELECT * FROM read_parquet('tallies/*/*.parquet', hive_partitioning = true);

-- Rates divide by all households, surveyed or not, so they come from the tallies.
CREATE VIEW rates AS
SELECT district, round, sum(poor) AS poor, sum(all_households) AS all_households,
       round(100.0 * sum(poor) / sum(all_households), 2) AS poor_percent
FROM tallies GROUP BY district, round HAVING sum(households) > 0;

CREATE VIEW incomes AS
SELECT district, round, count(*) AS poor, median(monthly_income_per_person_vnd) AS median_income_vnd
FROM households WHERE class = 'poor' GROUP BY district, round;

SELECT district, round, rates.poor, all_households, poor_percent, median_income_vnd
FROM rates JOIN incomes USING (district, round)
WHERE rates.poor = incomes.poor
ORDER BY district, round;
