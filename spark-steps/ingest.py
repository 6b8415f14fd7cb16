"""Takes the records of a topic into an Iceberg table, each once; what does not fit its contract is quarantined."""

import argparse
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pyspark import StorageLevel
from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery
from pyspark.sql.types import StructType

from millrace.checkpoint import rows_to_read
from millrace.contract import Contract, read_contract
from millrace.kafka import read_topic
from millrace.messages import quarantine_rows, read_messages, table_rows
from millrace.step import StepError, progress, run, session, write_result
from millrace.tables import TABLE_PROPERTIES, append_new, ensure_table

AVAILABLE_NOW = "available-now"
EVENT_TIME = "ts"
QUARANTINE_TIME = "kafka_timestamp"
QUARANTINE_KEY = ("kafka_topic", "kafka_partition", "kafka_offset", QUARANTINE_TIME)
STOP_CHECK_SECONDS = 0.5


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


class Ingest:
    """Writes micro-batches to a table and its quarantine, and counts what came."""

    def __init__(self, contract: Contract, table: str, quarantine_table: str, total: int | None) -> None:
        self.counts = Counts()
        self.total = total
        self.closed = False
        self._writing = threading.Lock()
        self._contract = contract
        self._table = table
        self._quarantine_table = quarantine_table

    def write(self, batch: DataFrame, _batch_id: int) -> None:
        with self._writing:
            if self.closed:
                # Returning would tell Spark that the batch is written.
                raise RuntimeError("no more batches are taken: the step was asked to end")
            # Kept, because it is needed several times and reading JSON is what costs most.
            messages = read_messages(batch, self._contract).persist(StorageLevel.MEMORY_AND_DISK)
            try:
                self._write(messages)
            finally:
                messages.unpersist()
        progress(self.counts.rows_in, self.total)

    def close(self) -> None:
        """Waits for the batch that is being written, and lets no other begin."""
        with self._writing:
            self.closed = True

    def _write(self, messages: DataFrame) -> None:
        rows_in, fit = messages.agg(F.count("*"), F.count_if("fits")).first()
        rows = table_rows(messages, self._contract)
        ingested = append_new(rows, self._table, self._contract.key, EVENT_TIME) if fit else 0
        wrong = rows_in - fit
        if wrong:
            rejected = quarantine_rows(messages, self._contract)
            append_new(rejected, self._quarantine_table, QUARANTINE_KEY, QUARANTINE_TIME)
        self.counts.rows_in += rows_in
        self.counts.quarantined += wrong
        self.counts.ingested += ingested
        self.counts.duplicates += fit - ingested


def start(spark: SparkSession, args: argparse.Namespace, ingest: Ingest) -> StreamingQuery:
    source = {
        "kafka.bootstrap.servers": args.brokers,
        "subscribe": args.topic,
        "startingOffsets": "earliest",
        "failOnDataLoss": "true",
        "maxOffsetsPerTrigger": str(args.max_offsets_per_trigger),
        # A topic with one partition would keep one core busy and leave the others idle.
        "minPartitions": str(spark.sparkContext.defaultParallelism),
        **{f"kafka.{name}": value for name, value in args.kafka_option.items()},
    }
    trigger = {"availableNow": True} if args.trigger == AVAILABLE_NOW else {"processingTime": args.trigger}
    records = spark.readStream.format("kafka").options(**source).load()
    writer = records.writeStream.foreachBatch(ingest.write).option("checkpointLocation", args.checkpoint)
    return writer.trigger(**trigger).start()


@contextmanager
def sigterm() -> Iterator[threading.Event]:
    """An event that is set once the process is asked to end."""
    asked = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: asked.set())
    try:
        yield asked
    finally:
        signal.signal(signal.SIGTERM, before)


def wait(query: StreamingQuery, ingest: Ingest, asked_to_stop: threading.Event) -> None:
    """Waits for the query to end; once asked to stop, lets the batch that is being written finish."""
    try:
        while not query.awaitTermination(STOP_CHECK_SECONDS):
            if asked_to_stop.is_set():
                ingest.close()
                query.stop()
    except StreamingQueryException as error:
        if ingest.closed:
            # A batch began as we closed: the next run takes it.
            return
        if "failOnDataLoss" in str(error):
            raise StepError(
                "records of the topic must be kept until they are read, got a gap: some were deleted meanwhile. To go "
                "on with what is there, without doubling a row, delete the checkpoint; to keep more, raise retention.ms"
            ) from error
        raise


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    spark = session("ingest")
    contract = read_contract(spark, args.contract)
    topic = read_topic(spark, args.brokers, args.topic, args.kafka_option)
    ensure_table(
        spark,
        args.table,
        StructType([*contract.schema, *contract.kafka]),
        partitioned_by=f"days({EVENT_TIME})",
        description=contract.description,
        properties=TABLE_PROPERTIES,
    )
    ensure_table(
        spark,
        args.quarantine_table,
        contract.quarantine,
        partitioned_by=f"days({QUARANTINE_TIME})",
        description=f"Records that do not fit: {contract.description}",
        properties=TABLE_PROPERTIES,
    )
    total = rows_to_read(spark, args.checkpoint, topic)
    ingest = Ingest(contract, args.table, args.quarantine_table, total if args.trigger == AVAILABLE_NOW else None)
    progress(0, ingest.total)
    with sigterm() as asked_to_stop:
        wait(start(spark, args, ingest), ingest, asked_to_stop)
    write_result(spark, args.result, ingest.counts.result())


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brokers", required=True, help="host:port, separated by commas")
    parser.add_argument("--topic", required=True)
    parser.add_argument(
        "--contract", required=True, help="URI of the contract as `millrace contract` prints it for Spark"
    )
    parser.add_argument("--table", required=True, help="catalog.namespace.name of the Iceberg table")
    parser.add_argument("--quarantine-table", required=True)
    parser.add_argument("--checkpoint", required=True, help="URI of the directory that remembers what was read")
    parser.add_argument("--trigger", type=trigger, default=AVAILABLE_NOW, help="available-now, or '30 seconds'")
    parser.add_argument(
        "--max-offsets-per-trigger", type=at_least_one, default=500_000, help="records in a batch at most"
    )
    parser.add_argument("--kafka-option", type=kafka_option, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--result", required=True, help="URI of the JSON file to write what happened to")
    args = parser.parse_args(argv)
    args.kafka_option = dict(args.kafka_option)
    return args


def at_least_one(text: str) -> int:
    if re.fullmatch(r"[1-9]\d*", text):
        return int(text)
    raise argparse.ArgumentTypeError(f"must be at least 1, got {text!r}")


def trigger(text: str) -> str:
    if text == AVAILABLE_NOW or re.fullmatch(r"\d+ (second|minute|hour)s?", text):
        return text
    raise argparse.ArgumentTypeError(f"must be {AVAILABLE_NOW} or an interval such as '30 seconds', got {text!r}")


def kafka_option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE, got {name!r}")
    return name, value


if __name__ == "__main__":
    run(main)
