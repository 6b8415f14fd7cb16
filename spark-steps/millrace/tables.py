"""Iceberg tables made and kept in step with their contracts."""

from collections.abc import Mapping, Sequence

from py4j.java_gateway import JavaObject
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructField, StructType

from millrace.contract import Contract
from millrace.step import StepError

TABLE_PROPERTIES = {
    "format-version": "2",
    # All rows of a partition go to one task, so that a write makes one file a partition and not one a task besides.
    "write.distribution-mode": "hash",
    "write.parquet.compression-codec": "zstd",
    # Every write leaves a metadata file; without this they stay for ever.
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
}


def ensure_table(
    spark: SparkSession,
    table: str,
    schema: StructType,
    *,
    partitioned_by: str | None = None,
    description: str = "",
    properties: Mapping[str, str] | None = None,
) -> None:
    """Makes an Iceberg table where there is none, and adds the columns that its contract gained since.

    `partitioned_by` is an SQL transform such as `days(ts)`; `table` is `<catalog>.<namespace>.<name>`.
    """
    if not spark.catalog.tableExists(table):
        _create(spark, table, schema, partitioned_by, description, properties or {})
        return
    present = {field.name: field for field in spark.table(table).schema}
    for field in schema:
        there = present.get(field.name)
        if there is not None and there.dataType != field.dataType:
            wanted, got = field.dataType.simpleString(), there.dataType.simpleString()
            raise StepError(f"column {field.name} of {table} must be {wanted}, as in its contract, got {got}")
    added = [_column(field) for field in schema if field.name not in present]
    if added:
        spark.sql(f"ALTER TABLE {quoted(table)} ADD COLUMNS ({', '.join(added)})")


def append_new(rows: DataFrame, table: str, key: Sequence[str], time: str) -> int:
    """Appends the rows whose key is not in the table yet, each key once; returns how many.

    Rows with the same key must have the same time: only that span of the table is looked at. What is appended again,
    after a crash or from the start, adds nothing. Keys are looked for alone first, because the rows are wide and
    duplicates are rare.
    """
    spark = rows.sparkSession
    # Iceberg keeps what it knows of a table, and other processes write to it as well.
    spark.sql(f"REFRESH TABLE {quoted(table)}")
    there, earliest, latest = rows.agg(F.count("*"), F.min(time), F.max(time)).first()
    known = spark.table(table).where(F.col(time).between(earliest, latest)).select(*key)
    new = rows.select(*key).distinct().join(known, on=list(key), how="left_anti").count()
    if 0 < new < there:
        rows = rows.dropDuplicates(list(key)).join(known, on=list(key), how="left_anti")
    if new > 0:
        rows.writeTo(table).append()
    return new


def replace_rows(rows: DataFrame, contract: Contract, table: str) -> None:
    """Makes a table of its contract where there is none, and replaces all its rows, which are few."""
    ensure_table(rows.sparkSession, table, contract.schema, description=contract.description)
    typed = rows.select(*[F.col(field.name).cast(field.dataType).alias(field.name) for field in contract.schema])
    # One file, in order.
    typed.coalesce(1).sortWithinPartitions(*contract.key).writeTo(table).overwrite(F.lit(True))


def iceberg_table(spark: SparkSession, table: str) -> JavaObject:
    """What Iceberg's Java API makes of a table, as it is now."""
    found = spark._jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, table)
    # Iceberg keeps what it knows of a table, and a procedure writes to it by a way of its own.
    found.refresh()
    return found


def quoted(name: str) -> str:
    """A dotted name as SQL takes it whatever is in it: `lake`.`millrace`.`events`."""
    return ".".join(f"`{part.replace('`', '``')}`" for part in name.split("."))


def literal(text: str) -> str:
    """A text as an SQL literal."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _create(
    spark: SparkSession,
    table: str,
    schema: StructType,
    partitioned_by: str | None,
    description: str,
    properties: Mapping[str, str],
) -> None:
    settings = ", ".join(f"{literal(name)} = {literal(value)}" for name, value in properties.items())
    clauses = [
        f"CREATE TABLE IF NOT EXISTS {quoted(table)} ({', '.join(_column(field) for field in schema)}) USING iceberg",
        f"PARTITIONED BY ({partitioned_by})" if partitioned_by else "",
        f"COMMENT {literal(description)}",
        f"TBLPROPERTIES ({settings})" if settings else "",
    ]
    spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {quoted(table.rpartition('.')[0])}")
    spark.sql(" ".join(clauses))


def _column(field: StructField) -> str:
    comment = literal(field.metadata.get("comment", ""))
    return f"{quoted(field.name)} {field.dataType.simpleString()} COMMENT {comment}"
