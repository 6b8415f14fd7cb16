"""Iceberg tables made and kept in step with their contracts."""

from collections.abc import Mapping

from pyspark.sql import SparkSession
from pyspark.sql.types import StructField, StructType

from millrace.step import StepError


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
