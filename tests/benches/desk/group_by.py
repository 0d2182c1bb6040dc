"""The plan's table in DuckDB, as `reference.rs` calls it: group_by.py CSV STATEMENT

Prints as JSON: DuckDB's version, the median of 20 runs in seconds, and the rows.
"""

import json
import statistics
import sys
import time

import duckdb

RUNS = 20
# Types are told: a column whose every value is "Nan" would be taken for one of numbers.
LOAD = "create table household as select * from read_csv(?, header = true, all_varchar = true)"


def main():
    file, statement = sys.argv[1:]
    database = duckdb.connect()
    database.execute(LOAD, [file])
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        rows = database.execute(statement).fetchall()
        times.append(time.perf_counter() - begun)
    rows = [[district, counts] for district, *counts in rows]
    print(json.dumps([duckdb.__version__, statistics.median(times), rows]))


main()
