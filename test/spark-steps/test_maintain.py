import json
import os
import time
from datetime import datetime, timedelta
from pathlib import Path

import maintain
import pytest
from pyspark.sql.types import IntegerType, StructField, StructType, TimestampType

from millrace.tables import ensure_table

SCHEMA = StructType([StructField("number", IntegerType()), StructField("ts", TimestampType())])
DAY = timedelta(days=1)
FIRST_DAY = datetime(2026, 1, 1, 12)


@pytest.fixture
def table(spark, table_name):
    """A table with six files in one day and one in the next: only the day with many has something to merge."""
    table = table_name("maintained")
    ensure_table(spark, table, SCHEMA, partitioned_by="days(ts)")
    for number in range(6):
        append(spark, table, number, FIRST_DAY)
    append(spark, table, 6, FIRST_DAY + DAY)
    return table


def append(spark, table: str, number: int, ts: datetime) -> None:
    spark.createDataFrame([(number, ts)], SCHEMA).coalesce(1).writeTo(table).append()


def run(tmp_path: Path, *tables: str, expire_days: int = 7) -> dict:
    result = tmp_path / "result.json"
    maintain.main(["--table", *tables, "--expire-days", str(expire_days), "--result", str(result)])
    return json.loads(result.read_text())


def numbers(spark, table: str) -> list[int]:
    return sorted(row.number for row in spark.table(table).collect())


def test_small_files_of_a_day_are_merged_and_no_row_is_lost(spark, table, tmp_path):
    assert run(tmp_path, table) == {
        "rowsIn": 7,
        "rowsOut": 7,
        "filesBefore": 7,
        "filesAfter": 2,
        "snapshotsExpired": 0,
        "missing": [],
    }
    assert numbers(spark, table) == list(range(7))


def test_a_table_with_nothing_to_do_is_not_written_to(spark, table, tmp_path):
    run(tmp_path, table)
    snapshots = spark.table(f"{table}.snapshots").count()
    again = run(tmp_path, table)
    assert (again["filesBefore"], again["filesAfter"]) == (2, 2)
    assert spark.table(f"{table}.snapshots").count() == snapshots


def test_snapshots_older_than_asked_expire_and_the_newest_stays(spark, table, tmp_path):
    # Seven appends and the merge, which is the newest.
    assert run(tmp_path, table, expire_days=0)["snapshotsExpired"] == 7
    assert spark.table(f"{table}.snapshots").count() == 1
    assert numbers(spark, table) == list(range(7))
    assert run(tmp_path, table, expire_days=0)["snapshotsExpired"] == 0


def test_files_that_a_killed_write_left_go_after_three_days(spark, table, tmp_path):
    directory = Path(spark.table(f"{table}.files").first().file_path.removeprefix("file:")).parent
    old, young = directory / "left-behind.parquet", directory / "under-way.parquet"
    for file in (old, young):
        file.write_bytes(b"half a file")
    four_days_ago = time.time() - timedelta(days=4).total_seconds()
    os.utime(old, (four_days_ago, four_days_ago))
    run(tmp_path, table)
    assert not old.exists()
    assert young.exists()
    assert numbers(spark, table) == list(range(7))


def test_a_table_that_is_not_there_yet_is_passed_over_with_a_note(table, tmp_path, capsys):
    result = run(tmp_path, "lake.tests.not_there", table)
    assert (result["missing"], result["rowsOut"]) == (["lake.tests.not_there"], 7)
    assert '"note": "lake.tests.not_there is not there yet"' in capsys.readouterr().out


def test_an_empty_and_unpartitioned_table_has_nothing_to_do(spark, table_name, tmp_path):
    table = table_name("empty")
    ensure_table(spark, table, SCHEMA)
    result = run(tmp_path, table, expire_days=0)
    assert (result["rowsIn"], result["filesAfter"], result["snapshotsExpired"]) == (0, 0, 0)
