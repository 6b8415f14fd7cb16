"""Keeps Iceberg tables quick to read: merges small files, lets go of old snapshots and of files that none has."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from millrace.step import progress, run, session, write_result
from millrace.tables import literal, quoted

# Iceberg's own defaults, known here too so that a table with nothing to merge costs one look at its metadata.
MIN_INPUT_FILES = 5
SMALL_SHARE_OF_TARGET = 0.75
# Younger files may belong to a write that is under way.
ORPHAN_AGE = timedelta(days=3)


@dataclass(frozen=True)
class Maintained:
    """What was done to a table; rows are counted to show that none was lost."""

    rows_before: int
    rows_after: int
    files_before: int
    files_after: int
    snapshots_expired: int


def maintain_table(spark: SparkSession, table: str, target_file_bytes: int, expire_before: datetime) -> Maintained:
    files_before, rows_before = _files_and_rows(spark, table)
    if _is_worth_merging(spark, table, target_file_bytes):
        options = {"target-file-size-bytes": str(target_file_bytes), "min-input-files": str(MIN_INPUT_FILES)}
        _call(spark, table, "rewrite_data_files", {"strategy": literal("binpack"), "options": _map(options)})
        # Lists every file of the table: too much for each run, and what it looks for is what killed writes left behind.
        _call(spark, table, "remove_orphan_files", {"older_than": _instant(datetime.now(UTC) - ORPHAN_AGE)})
    expired = _expire_snapshots(spark, table, expire_before)
    files_after, rows_after = _files_and_rows(spark, table)
    return Maintained(rows_before, rows_after, files_before, files_after, expired)


def _is_worth_merging(spark: SparkSession, table: str, target_file_bytes: int) -> bool:
    """Whether some partition has as many small files as Iceberg would merge."""
    files = spark.table(f"{quoted(table)}.files")
    small = files.where(F.col("file_size_in_bytes") < target_file_bytes * SMALL_SHARE_OF_TARGET)
    # An unpartitioned table has no partition column.
    group = [name for name in ("spec_id", "partition") if name in files.columns]
    return not small.groupBy(*group).count().where(F.col("count") >= MIN_INPUT_FILES).isEmpty()


def _expire_snapshots(spark: SparkSession, table: str, before: datetime) -> int:
    snapshots = spark.table(f"{quoted(table)}.snapshots")
    count = snapshots.count()
    # The newest one is the table, however old it is.
    if count < 2 or snapshots.where(F.col("committed_at") < F.lit(before)).isEmpty():
        return 0
    _call(spark, table, "expire_snapshots", {"older_than": _instant(before), "retain_last": "1"})
    return count - spark.table(f"{quoted(table)}.snapshots").count()


def _files_and_rows(spark: SparkSession, table: str) -> tuple[int, int]:
    files = spark.table(f"{quoted(table)}.files").where("content = 0")
    counts = files.agg(F.count("*"), F.coalesce(F.sum("record_count"), F.lit(0))).first()
    return counts[0], counts[1]


def _call(spark: SparkSession, table: str, procedure: str, arguments: Mapping[str, str]) -> None:
    catalog = table.partition(".")[0]
    named = ", ".join(f"{name} => {value}" for name, value in {"table": literal(table), **arguments}.items())
    spark.sql(f"CALL {quoted(catalog)}.system.{procedure}({named})").collect()


def _map(options: Mapping[str, str]) -> str:
    return f"map({', '.join(literal(part) for option in options.items() for part in option)})"


def _instant(time: datetime) -> str:
    return f"TIMESTAMP {literal(time.isoformat())}"


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    spark = session("maintain")
    expire_before = datetime.now(UTC) - timedelta(days=args.expire_days)
    missing = [table for table in args.table if not spark.catalog.tableExists(table)]
    done: list[Maintained] = []
    for table in args.table:
        if table in missing:
            progress(0, note=f"{table} is not there yet")
            continue
        done.append(maintain_table(spark, table, args.target_file_bytes, expire_before))
        progress(sum(each.rows_after for each in done), note=f"{table}: {done[-1].files_after} files")
    write_result(spark, args.result, result(done, missing))


def result(done: list[Maintained], missing: list[str]) -> dict[str, object]:
    names = {
        "rowsIn": "rows_before",
        "rowsOut": "rows_after",
        "filesBefore": "files_before",
        "filesAfter": "files_after",
        "snapshotsExpired": "snapshots_expired",
    }
    sums = {name: sum(asdict(each)[source] for each in done) for name, source in names.items()}
    return {**sums, "missing": missing}


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", required=True, nargs="+", action="extend", help="catalog.namespace.name")
    parser.add_argument("--target-file-bytes", type=int, default=128 * 1024 * 1024, help="size of a merged file")
    parser.add_argument("--expire-days", type=int, default=7, help="days that old versions of a table can be read")
    parser.add_argument("--result", required=True, help="URI of the JSON file to write what happened to")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
