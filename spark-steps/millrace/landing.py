"""Micro-batches of a topic on their way into an Iceberg table and its quarantine, each record once."""

from dataclasses import dataclass

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from millrace.contract import Contract
from millrace.messages import quarantine_rows, read_messages, table_rows
from millrace.step import progress
from millrace.streams import Sink
from millrace.tables import TABLE_PROPERTIES, append_new, ensure_table

QUARANTINE_TIME = "kafka_timestamp"
QUARANTINE_KEY = ("kafka_topic", "kafka_partition", "kafka_offset", QUARANTINE_TIME)


@dataclass
class Counts:
    """Records of this run."""

    rows_in: int = 0
    ingested: int = 0
    quarantined: int = 0
    duplicates: int = 0

    def result(self) -> dict[str, int]:
        return {
            "rowsIn": self.rows_in,
            "rowsOut": self.ingested,
            "ingested": self.ingested,
            "quarantined": self.quarantined,
            "duplicates": self.duplicates,
        }


@dataclass(frozen=True)
class Target:
    """Where the messages of a contract go, and the column that says when each happened."""

    contract: Contract
    table: str
    quarantine_table: str
    event_time: str

    def ensure_tables(self, spark: SparkSession) -> None:
        ensure_table(
            spark,
            self.table,
            StructType([*self.contract.schema, *self.contract.kafka]),
            partitioned_by=f"days({self.event_time})",
            description=self.contract.description,
            properties=TABLE_PROPERTIES,
        )
        ensure_quarantine(spark, self.quarantine_table, self.contract)

    def land(self, messages: DataFrame, counts: Counts) -> None:
        """Appends what the tables do not have yet; `messages` are read several times, so they should be persisted."""
        rows_in, fit = messages.agg(F.count("*"), F.count_if("fits")).first()
        rows = table_rows(messages, self.contract)
        ingested = append_new(rows, self.table, self.contract.key, self.event_time) if fit else 0
        if rows_in > fit:
            quarantine(messages, self.contract, self.quarantine_table)
        counts.rows_in += rows_in
        counts.quarantined += rows_in - fit
        counts.ingested += ingested
        counts.duplicates += fit - ingested


class Landing(Sink):
    """Writes micro-batches to their tables, and counts what came."""

    def __init__(self, target: Target, total: int | None) -> None:
        super().__init__()
        self.counts = Counts()
        self.total = total
        self._target = target

    def _take(self, batch: DataFrame, batch_id: int) -> None:
        # Kept, because it is needed several times and reading JSON is what costs most.
        messages = read_messages(batch, self._target.contract).persist(StorageLevel.MEMORY_AND_DISK)
        try:
            self._target.land(messages, self.counts)
        finally:
            messages.unpersist()
        progress(self.counts.rows_in, self.total)


def ensure_quarantine(spark: SparkSession, table: str, contract: Contract) -> None:
    ensure_table(
        spark,
        table,
        contract.quarantine,
        partitioned_by=f"days({QUARANTINE_TIME})",
        description=f"Records that do not fit: {contract.description}",
        properties=TABLE_PROPERTIES,
    )


def quarantine(messages: DataFrame, contract: Contract, table: str) -> None:
    """Keeps those that do not fit, each once whatever is read again."""
    append_new(quarantine_rows(messages, contract), table, QUARANTINE_KEY, QUARANTINE_TIME)
