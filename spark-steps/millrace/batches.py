"""Micro-batches appended to an Iceberg table exactly once: each commit says which batch of which query it holds."""

from datetime import datetime

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from millrace.tables import quoted

QUERY = "millrace.query-id"
BATCH = "millrace.batch-id"
# What tells records apart; the time is there because a topic made anew starts at offset 0 again.
PLACE = ("kafka_topic", "kafka_partition", "kafka_offset", "kafka_timestamp")
# More rows of a batch are written by several tasks, to several files.
ROWS_A_FILE = 100_000


def query_id(batch: DataFrame) -> str:
    """Id of the query that a micro-batch is of: that of its checkpoint, the same after a restart."""
    return batch.sparkSession.sparkContext.getLocalProperty("sql.streaming.queryId")


class BatchTable:
    """A table that one query at a time appends its batches to; their rows have the columns of PLACE.

    Only the first batch after a start can be there already, so the table is looked at then and never again. Where no
    snapshot tells (they were expired, or the checkpoint is a new one), rows that are no newer than the newest of the
    table are looked for one by one; newer ones cannot be there.
    """

    def __init__(self, table: str) -> None:
        self.table = table
        self._known_query: str | None = None
        self._last_batch: int | None = None
        self._newest: datetime | None = None

    def has(self, batch: DataFrame, batch_id: int) -> bool:
        """Whether a commit of the table holds this batch."""
        self._look(batch.sparkSession, query_id(batch))
        return self._last_batch is not None and batch_id <= self._last_batch

    @property
    def looks_for_rows(self) -> bool:
        """Whether `missing` may give fewer rows than it gets."""
        return self._newest is not None

    def missing(self, rows: DataFrame) -> DataFrame:
        """Those rows of a batch, for which `has` was asked before, that are not in the table."""
        if not self.looks_for_rows:
            return rows
        known = rows.sparkSession.table(self.table).where(F.col("kafka_timestamp") <= F.lit(self._newest))
        return rows.join(known.select(*PLACE), on=list(PLACE), how="left_anti").select(*rows.columns)

    def append(self, rows: DataFrame, count: int, batch: DataFrame, batch_id: int) -> None:
        """Appends `count` rows in one commit."""
        options = {
            f"snapshot-property.{QUERY}": query_id(batch),
            f"snapshot-property.{BATCH}": str(batch_id),
            # Few rows need no shuffle to be in few files, and most batches are of one day.
            "distribution-mode": "none",
            "fanout-enabled": "true",
        }
        files = -(-count // ROWS_A_FILE)
        rows.coalesce(files).writeTo(self.table).options(**options).append()
        self._last_batch = batch_id

    def _look(self, spark: SparkSession, query: str) -> None:
        if self._known_query == query:
            return
        # Iceberg keeps what it knows of a table, and other processes write to it as well.
        spark.sql(f"REFRESH TABLE {quoted(self.table)}")
        self._last_batch = last_batch(spark, self.table, query)
        if self._last_batch is None:
            self._newest = spark.table(self.table).agg(F.max("kafka_timestamp")).first()[0]
        self._known_query = query


def last_batch(spark: SparkSession, table: str, query: str) -> int | None:
    """The last batch of a query that a snapshot of the table tells of."""
    summary = F.col("summary")
    own = spark.table(f"{quoted(table)}.snapshots").where(summary[QUERY] == query)
    return own.agg(F.max(summary[BATCH].cast("long"))).first()[0]
