"""Tables written where readers do not look, audited there, then published: Iceberg's write-audit-publish.

Readers read the branch `main`. What is to be published is on a branch of its own, which goes when it is published;
where it is still there, a check failed or the step was stopped, and the next run makes it anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from millrace.tables import literal, quoted

BRANCH = "candidate"
# Table property that says what the published rows were made from; not there while tables are being published.
MADE_FROM = "millrace.made-from"


def write_candidate(table: str, rows: DataFrame) -> None:
    """Makes the branch anew from what is published, and replaces all its rows."""
    begin_candidate(rows.sparkSession, table)
    with_all_columns(rows, table).writeTo(candidate(table)).overwrite(F.lit(True))


def begin_candidate(spark: SparkSession, table: str) -> None:
    """Makes the branch anew from what is published."""
    # Not "create or replace": Iceberg replaces no branch of a table that has nothing published.
    spark.sql(f"ALTER TABLE {quoted(table)} DROP BRANCH IF EXISTS `{BRANCH}`")
    spark.sql(f"ALTER TABLE {quoted(table)} CREATE BRANCH `{BRANCH}`")


def with_all_columns(rows: DataFrame, table: str) -> DataFrame:
    """Rows with each column of the table: one that a contract had once stays there, and a write must have it."""
    known = set(rows.columns)
    columns = [
        F.col(f.name) if f.name in known else F.lit(None).cast(f.dataType).alias(f.name)
        for f in rows.sparkSession.table(table).schema
    ]
    return rows.select(*columns)


def candidate(table: str) -> str:
    """The branch as Iceberg names it where a table is expected."""
    return f"{quoted(table)}.branch_{BRANCH}"


def made_from(spark: SparkSession, table: str) -> str | None:
    """What the published rows were made from, as `publish` was told; None where they are not published whole."""
    if not spark.catalog.tableExists(table):
        return None
    properties = {row.key: row.value for row in spark.sql(f"SHOW TBLPROPERTIES {quoted(table)}").collect()}
    return properties.get(MADE_FROM)


def publish(spark: SparkSession, tables: Sequence[str], source: str) -> None:
    """Publishes the candidates of the tables one after the other, and notes what they were made from.

    A run that is stopped half-way leaves no note on the last tables, so that the next one publishes all of them.
    """
    for table in tables:
        spark.sql(f"ALTER TABLE {quoted(table)} UNSET TBLPROPERTIES IF EXISTS ({literal(MADE_FROM)})")
    for table in tables:
        fast_forward(spark, table)
    for table in tables:
        drop_candidate(spark, table)
        spark.sql(f"ALTER TABLE {quoted(table)} SET TBLPROPERTIES ({literal(MADE_FROM)} = {literal(source)})")


def fast_forward(spark: SparkSession, table: str) -> None:
    """Makes readers see the branch, in one commit."""
    catalog = quoted(table.partition(".")[0])
    arguments = f"table => {literal(table)}, branch => 'main', to => {literal(BRANCH)}"
    spark.sql(f"CALL {catalog}.system.fast_forward({arguments})").collect()


def drop_candidate(spark: SparkSession, table: str) -> None:
    # A branch keeps its snapshot, and with it its files, for ever.
    spark.sql(f"ALTER TABLE {quoted(table)} DROP BRANCH `{BRANCH}`")


@contextmanager
def views(relations: Mapping[str, DataFrame]) -> Iterator[None]:
    """Gives relations a name that SQL finds them by, for as long as the block lasts."""
    spark: SparkSession | None = None
    try:
        for name, rows in relations.items():
            spark = rows.sparkSession
            rows.createOrReplaceTempView(name)
        yield
    finally:
        for name in relations if spark else ():
            spark.catalog.dropTempView(name)
