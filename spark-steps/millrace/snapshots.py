"""The history of tables that a stream writes to: a commit a second, for as long as it flows."""

import time
from collections.abc import Sequence
from datetime import timedelta

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from millrace.step import progress
from millrace.tables import iceberg_table


class ShortHistory:
    """Lets go of old snapshots now and then, beside what writes to the tables.

    A table's metadata list all its snapshots and are written anew by each commit: those of a day would take longer to
    write than what is committed. Maintenance keeps those of other tables for days. Rows are not touched by it, and the
    newest snapshot, which tells of the last batch, always stays.
    """

    def __init__(self, spark: SparkSession, tables: Sequence[str], keep: timedelta, every: timedelta) -> None:
        self._spark = spark
        self._tables = tables
        self._keep = keep
        self._every = every
        self._looked = time.monotonic()

    def shorten(self) -> None:
        """Does so where it is time to. Work goes on where it cannot be done: there is a next time."""
        if time.monotonic() - self._looked < self._every.total_seconds():
            return
        self._looked = time.monotonic()
        before = int((time.time() - self._keep.total_seconds()) * 1000)
        for table in self._tables:
            try:
                # Iceberg's own way, and not the procedure, which would have Spark list all files of the table.
                iceberg_table(self._spark, table).expireSnapshots().expireOlderThan(before).retainLast(1).commit()
            except Py4JJavaError as error:
                progress(0, note=f"old snapshots of {table} stay for now: {error.java_exception.getMessage()}")
