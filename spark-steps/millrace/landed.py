"""Iceberg tables that know how far they are: rows and offsets are one commit, so a crash loses and repeats nothing."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from py4j.java_gateway import JavaObject
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from millrace.candidates import begin_candidate, candidate, drop_candidate, fast_forward, with_all_columns
from millrace.offsets import Landed, Range, landed_in, not_landed
from millrace.tables import iceberg_table, literal

# Maintenance expires snapshots after days. The one that tells must be younger, also where nothing comes for long.
LONGEST_UNTOLD = timedelta(days=1)


def landed(spark: SparkSession, table: str) -> Landed | None:
    """How far the table is; None where nothing was landed yet.

    Where every snapshot that tells was expired, it is as if nothing had been: what the topic has is then landed again,
    into the same rows.
    """
    told = _last_told(spark, table)
    return told[0] if told else None


def write(rows: DataFrame, table: str, ranges: Sequence[Range], reached: Landed) -> int:
    """Replaces the table's rows of the ranges by these, and notes how far it is then, as one commit to its readers.

    `rows` have the columns of a landed table, all of them of the ranges. Returns how many they are.
    """
    spark = rows.sparkSession
    told = _options(reached)
    rows = with_all_columns(rows, table)
    if not _has_rows(spark, table, ranges):
        rows.writeTo(table).options(**told).append()
        return _added(iceberg_table(spark, table).currentSnapshot())
    # Iceberg's own replacing is of whole files, and a DELETE is a commit of its own.
    begin_candidate(spark, table)
    spark.sql(f"DELETE FROM {candidate(table)} WHERE {_sql(ranges)}")
    rows.writeTo(candidate(table)).options(**told).append()
    fast_forward(spark, table)
    drop_candidate(spark, table)
    return _added(iceberg_table(spark, table).currentSnapshot())


def keep_told(spark: SparkSession, table: str, reached: Landed) -> None:
    """Notes how far the table is, where that has not been told in the last day."""
    told = _last_told(spark, table)
    if told and told[0] == reached and datetime.now(UTC) - told[1] < LONGEST_UNTOLD:
        return
    nothing = spark.createDataFrame([], spark.table(table).schema)
    nothing.writeTo(table).options(**_options(reached)).append()


def row_count(spark: SparkSession, table: str) -> int:
    """Rows of a table, without reading any: landed tables have no rows that a reader would have to leave out."""
    snapshot = iceberg_table(spark, table).currentSnapshot()
    return int(snapshot.summary()["total-records"]) if snapshot else 0


def within(ranges: Sequence[Range]) -> Column:
    """Rows that are of messages in the ranges."""
    return F.expr(_sql(ranges))


def _has_rows(spark: SparkSession, table: str, ranges: Sequence[Range]) -> bool:
    known = landed(spark, table)
    if known and list(ranges) == not_landed(ranges, known):
        # As nearly always: then there is no need to look.
        return False
    return not spark.table(table).where(within(ranges)).isEmpty()


def _sql(ranges: Sequence[Range]) -> str:
    conditions = [
        f"(kafka_topic_id = {literal(each.topic_id)} AND kafka_partition = {each.partition} "
        f"AND kafka_offset >= {each.start} AND kafka_offset < {each.end})"
        for each in ranges
    ]
    return " OR ".join(conditions) or "false"


def _added(snapshot: JavaObject) -> int:
    return int(dict(snapshot.summary()).get("added-records", "0"))


def _options(reached: Landed) -> dict[str, str]:
    return {f"snapshot-property.{name}": value for name, value in reached.summary().items()}


def _last_told(spark: SparkSession, table: str) -> tuple[Landed, datetime] | None:
    """How far the table is, and when a commit last told so."""
    for snapshot in _history(spark, table):
        told = landed_in(dict(snapshot.summary()))
        if told:
            return told, datetime.fromtimestamp(snapshot.timestampMillis() / 1000, UTC)
    return None


def _history(spark: SparkSession, table: str) -> Iterator[JavaObject]:
    """The snapshots that readers see or have seen, the last one first.

    Not all snapshots: one that a crash left on a branch tells of rows that no reader sees.
    """
    iceberg = iceberg_table(spark, table)
    snapshot = iceberg.currentSnapshot()
    while snapshot is not None:
        yield snapshot
        parent = snapshot.parentId()
        snapshot = iceberg.snapshot(parent) if parent is not None else None
