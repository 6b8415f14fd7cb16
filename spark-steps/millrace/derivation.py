"""Rows of the tables that are derived from staged ones, by their contracts: the lake's side of lib/warehouse/star.

Both sides must come to the same rows (test/spark-steps/test_star_routes.py holds them against each other), so what the
SQL leaves to no chance, such as which of two equal rows counts, is said here in the same way.
"""

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StructField

from millrace.contract import Contract, Lookup

# Columns of staging that put rows in order which a contract leaves equal.
STAGED_LATER = ("staged_at", "file_id", "file_line")

# In UTC, which the session is in. Spark's weekofyear is the week of ISO 8601; its dayofweek is 1 on Sundays.
TIME_PARTS = {
    "hour": F.hour,
    "day": F.dayofmonth,
    "week": F.weekofyear,
    "month": F.month,
    "year": F.year,
    "weekday": lambda instant: F.dayofweek(instant) - 1,
}


def derived(contract: Contract, staged: DataFrame, looked_up: DataFrame | None = None) -> DataFrame:
    """One row for each key that the staged rows hold, in the columns and types of the contract.

    `looked_up` is the table of the derivation's lookup, derived itself.
    """
    rows = latest(contract, staged).alias("source")
    lookup = contract.derivation.lookup
    if lookup is not None:
        found = matches(rows, lookup, looked_up).alias("found")
        same = [F.col(f"source.{name}") == F.col(f"found.values.{name}") for name in _values(lookup)]
        rows = rows.join(found, on=same, how="left")
    return rows.select(*[_value(field).cast(field.dataType).alias(field.name) for field in contract.schema])


def latest(contract: Contract, staged: DataFrame) -> DataFrame:
    """Of the staged rows that the derivation takes, the last one of each key; a key that is null makes no row."""
    derivation = contract.derivation
    rows = staged.alias("source")
    if derivation.where is not None:
        column, value = derivation.where
        rows = rows.where(F.col(column) == F.lit(value))
    key = [_value(contract.schema[name]) for name in contract.key]
    for part in key:
        rows = rows.where(part.isNotNull())
    newest_first = [F.col(name).desc_nulls_last() for name in (*derivation.latest_by, *STAGED_LATER)]
    place = F.row_number().over(Window.partitionBy(*key).orderBy(*newest_first))
    return rows.withColumn("place", place).where(F.col("place") == 1).drop("place")


def matches(rows: DataFrame, lookup: Lookup, table: DataFrame) -> DataFrame:
    """`values`: each combination of values in `rows` that the table has a row for, once; `row`: that row.

    A combination is looked up once, however many rows have it.
    """
    sought = rows.select(*[F.col(name) for name in _values(lookup)]).distinct().alias("sought")
    distance = F.abs(F.col(f"sought.{lookup.near}") - F.col(f"candidate.{lookup.to}"))
    fits = [F.col(f"sought.{column}") == F.col(f"candidate.{other}") for column, other in lookup.on]
    pairs = sought.join(table.alias("candidate"), on=[*fits, distance <= F.lit(lookup.within)], how="inner")
    # A struct's order is that of its fields: the nearest first, and of those as near the one with the smallest key.
    candidate = F.struct(*[F.col(f"candidate.{name}") for name in table.columns])
    nearest = F.struct(distance, *[F.col(f"candidate.{name}") for name in lookup.key], candidate.alias("row"))
    values = F.struct(*[F.col(f"sought.{name}") for name in _values(lookup)])
    return pairs.groupBy(values.alias("values")).agg(F.min(nearest).alias("nearest")).select("values", "nearest.row")


def _values(lookup: Lookup) -> list[str]:
    return [*[column for column, _ in lookup.on], lookup.near]


def _value(field: StructField) -> Column:
    """A column's value, from where its contract says."""
    origin: Mapping[str, str] = field.metadata.get("from", {"column": field.name})
    if "found" in origin:
        return F.col(f"found.row.{origin['found']}")
    if "part" in origin:
        return TIME_PARTS[origin["part"]](F.col(f"source.{origin['of']}"))
    return F.col(f"source.{origin['column']}")
