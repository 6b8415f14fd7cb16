"""CSV for COPY of PostgreSQL and Redshift: RFC 4180, NULL an empty field, an empty text `""`, ISO 8601 times in UTC."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, StringType, StructType

from millrace.contract import Contract
from millrace.step import StepError, progress

OPTIONS = {
    "header": True,
    "quote": '"',
    # Spark's own escape is a backslash, which no other reader of CSV knows.
    "escape": '"',
    "nullValue": "",
    "emptyValue": '""',
    "ignoreLeadingWhiteSpace": False,
    "ignoreTrailingWhiteSpace": False,
    "dateFormat": "yyyy-MM-dd",
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
    "compression": "gzip",
}


def existing_table(spark: SparkSession, option: str, table: str) -> DataFrame:
    """A table of the lake; fails with a StepError that names the option where there is none."""
    if not spark.catalog.tableExists(table):
        raise StepError(f"{option} must be a table of the lake, got {table}, where there is none")
    return spark.table(table)


def export_tables(exports: Sequence[tuple[Contract, DataFrame]], out: str) -> dict[str, int]:
    """Replaces the folder of each table in `out` by its rows; returns how many rows each has."""
    rows: dict[str, int] = {}
    for contract, table in exports:
        write_csv(table, contract.schema, f"{out.rstrip('/')}/{contract.name}")
        rows[contract.name] = table.count()
        progress(sum(rows.values()), note=f"{rows[contract.name]} rows of {contract.name}")
    return rows


def write_csv(rows: DataFrame, schema: StructType, uri: str) -> None:
    """Replaces the files in a folder by rows, in the order of the contract's columns.

    No rows give one file that has the header alone, so that a reader can tell an empty table from a missing one.
    """
    columns = [_storable(F.col(field.name), field.dataType).alias(field.name) for field in schema]
    rows.select(*columns).write.mode("overwrite").options(**OPTIONS).csv(uri)


def _storable(column: Column, kind: DataType) -> Column:
    # No SQL text can hold a NUL character: a file with one would not load at all.
    return F.translate(column, "\0", "\ufffd") if isinstance(kind, StringType) else column
