"""Lands a topic batch by batch: its messages as they came, and the rows that lie in them, as flat tables.

A run reads from the offsets that the last committed one ended at up to the topic's end at its start. Each table keeps
how far it is in the Iceberg commit of its rows, and the flat tables are made from the landed messages, so that a run
that ends anywhere is made good by the next one.
"""

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from py4j.protocol import Py4JJavaError
from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from millrace.contract import Contract, Nested, read_contract
from millrace.kafka import Topic, read_topic
from millrace.landed import keep_told, landed, row_count, within, write
from millrace.nested import MESSAGE_ID, elements, quarantine_rows, quarantine_schema, table_rows
from millrace.offsets import Asked, Landed, Plan, Range, not_landed, plan
from millrace.step import StepError, progress, run, session, write_result
from millrace.streams import at_least_one, kafka_option
from millrace.tables import TABLE_PROPERTIES, ensure_table

# Messages of megabytes: Parquet would look only every hundred rows at how much it holds in memory, and sending each
# to the task that writes its day would send all of them through the shuffle.
MESSAGE_PROPERTIES = {
    **TABLE_PROPERTIES,
    "write.distribution-mode": "none",
    "write.spark.fanout.enabled": "true",
    "write.parquet.row-group-size-bytes": str(32 * 1024 * 1024),
    "write.parquet.row-group-check-min-record-count": "1",
}
BEYOND_ANY_OFFSET = 2**63 - 1
NO_OFFSETS = "none"


@dataclass(frozen=True)
class Landing:
    """The tables of one topic: `<database>.<contract>` each."""

    contract: Contract
    nested: Nested
    database: str

    @property
    def messages(self) -> str:
        return f"{self.database}.{self.contract.name}"

    @property
    def quarantine(self) -> str:
        return f"{self.messages}_quarantine"

    def table(self, contract: Contract) -> str:
        return f"{self.database}.{contract.name}"

    def schemas(self) -> dict[str, tuple[StructType, str]]:
        """Columns and description of the tables that are made from the messages."""
        rows, found = [self.nested.rows], {}
        while rows:
            each = rows.pop(0)
            rows += [inner for _, inner in each.lists]
            columns = StructType([*each.contract.schema, *self.nested.landed])
            found[self.table(each.contract)] = (columns, each.contract.description)
        about = f"What does not fit: {self.contract.description}"
        return {**found, self.quarantine: (quarantine_schema(self.contract, self.nested), about)}

    def ensure_tables(self, spark: SparkSession) -> None:
        columns = StructType([*self.contract.schema, *self.nested.landed])
        every = {self.messages: (columns, self.contract.description), **self.schemas()}
        for table, (schema, description) in every.items():
            ensure_table(
                spark,
                table,
                schema,
                partitioned_by="days(kafka_timestamp)",
                description=description,
                properties=MESSAGE_PROPERTIES if table == self.messages else TABLE_PROPERTIES,
            )

    def flatten(self, spark: SparkSession, read: Plan) -> dict[str, int]:
        """Brings every flat table as far as the messages are; returns how many rows of each it wrote."""
        due = self._due(spark, read)
        every = sorted({each for ranges in due.values() for each in ranges})
        if not every:
            for table in due:
                keep_told(spark, table, read.landed)
            return dict.fromkeys(due, 0)
        messages = spark.table(self.messages).where(within(every))
        # Kept, because every table is made of it and reading JSON is what costs most.
        objects = elements(messages, self.nested).persist(StorageLevel.MEMORY_AND_DISK)
        try:
            made = {self.table(contract): rows for contract, rows in table_rows(objects, self.nested)}
            made[self.quarantine] = quarantine_rows(objects, self.contract, self.nested)
            return {table: self._bring(rows, table, due[table], read.landed) for table, rows in made.items()}
        finally:
            objects.unpersist()

    def _bring(self, rows: DataFrame, table: str, due: Sequence[Range], reached: Landed) -> int:
        if due:
            return write(rows.where(within(due)), table, due, reached)
        keep_told(rows.sparkSession, table, reached)
        return 0

    def _due(self, spark: SparkSession, read: Plan) -> dict[str, list[Range]]:
        """Ranges of the landed messages that a table lacks, or was asked to have again, by table."""
        told = {table: landed(spark, table) for table in self.schemas()}
        # A table may be new, or a run may have ended before it had all of a topic that was there before.
        others = [each for each in told.values() if each is None or each.topic_id != read.landed.topic_id]
        there = spark.table(self.messages).select("kafka_topic_id", "kafka_partition").distinct() if others else None
        partitions = [tuple(row) for row in there.collect()] if there else []
        return {table: [*lacking(known, read.landed, partitions), *read.wanted] for table, known in told.items()}


def lacking(known: Landed | None, reached: Landed, partitions: Sequence[tuple[str, int]]) -> list[Range]:
    """What a table that knows of `known` lacks; `partitions` are those of all messages, with their topics' ids."""
    current = [Range(reached.topic_id, partition, 0, offset) for partition, offset in reached.offsets.items() if offset]
    if known and known.topic_id == reached.topic_id:
        return not_landed(current, known)
    # Of topics before the last one it may have all; read again, they land in the same rows.
    earlier = [Range(*each, 0, BEYOND_ANY_OFFSET) for each in partitions if each[0] != reached.topic_id]
    return [*not_landed(earlier, known), *current]


def topic_records(spark: SparkSession, args: argparse.Namespace, topic: Topic, ranges: Sequence[Range]) -> DataFrame:
    """The messages of the ranges, as rows of the table of messages."""

    def offsets(of: Mapping[int, int]) -> str:
        return json.dumps({topic.name: {str(partition): offset for partition, offset in of.items()}})

    options = {
        "kafka.bootstrap.servers": args.brokers,
        "assign": json.dumps({topic.name: [each.partition for each in ranges]}),
        "startingOffsets": offsets({each.partition: each.start for each in ranges}),
        "endingOffsets": offsets({each.partition: each.end for each in ranges}),
        "failOnDataLoss": "true",
        **{f"kafka.{name}": value for name, value in args.kafka_option.items()},
        "kafka.max.partition.fetch.bytes": str(args.max_message_bytes),
    }
    columns = {
        MESSAGE_ID: F.concat_ws("/", F.lit(topic.id), "partition", "offset"),
        "record_key": F.col("key"),
        "record_value": F.col("value"),
        "kafka_topic_id": F.lit(topic.id),
        "kafka_topic": F.col("topic"),
        "kafka_partition": F.col("partition"),
        "kafka_offset": F.col("offset"),
        "kafka_timestamp": F.col("timestamp"),
        "ingested_at": F.current_timestamp(),
    }
    records = spark.read.format("kafka").options(**options).load()
    return records.select(*[value.alias(name) for name, value in columns.items()])


def land(spark: SparkSession, args: argparse.Namespace) -> dict[str, object]:
    contract = read_contract(spark, args.contract)
    if contract.nested is None:
        raise StepError(f"contract must be one of nested messages, got {contract.name}")
    landing = Landing(contract, contract.nested, args.database)
    topic = read_topic(spark, args.brokers, args.topic, args.kafka_option)
    landing.ensure_tables(spark)
    before = landed(spark, landing.messages)
    read = plan(topic, before, args.from_offset, args.to_offset, args.skip_missing == "yes")
    messages_before = row_count(spark, landing.messages)
    total = sum(each.end - each.start for each in read.ranges)
    progress(0, total)
    written = 0
    if read.ranges:
        try:
            written = write(topic_records(spark, args, topic, read.ranges), landing.messages, read.ranges, read.landed)
        except Py4JJavaError as error:
            if "failOnDataLoss" not in str(error):
                raise
            raise StepError(
                "messages must be in the topic until they are landed, got a gap: some were deleted while they were "
                "read. Nothing was landed; the next run names them"
            ) from error
    else:
        keep_told(spark, landing.messages, read.landed)
    progress(total, total)
    rows = landing.flatten(spark, read)
    beyond = not_landed(read.ranges, before)
    # Offsets may have gaps, so that only a run of both kinds has to count.
    is_mixed = len(beyond) > 0 and list(read.ranges) != beyond
    new = spark.table(landing.messages).where(within(beyond)).count() if is_mixed else written if beyond else 0
    skipped = read.landed.skipped[len(before.skipped) if before else 0 :]
    return {
        "rowsIn": written,
        "rowsOut": rows[landing.table(contract.nested.rows.contract)],
        "ingested": new,
        "landed": {
            "new": new,
            "before": messages_before,
            "again": written - new,
            "quarantined": rows.pop(landing.quarantine),
            "skipped": list(skipped),
            "tables": {table.rpartition(".")[2]: count for table, count in rows.items()},
        },
    }


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    spark = session("land")
    write_result(spark, args.result, land(spark, args))


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", required=True, help="host:port, separated by commas")
    parser.add_argument("--topic", required=True)
    parser.add_argument("--contract", required=True, help="`millrace contract NAME --as spark` of nested messages")
    parser.add_argument("--database", required=True, help="catalog and namespace of the tables: lake.millrace")
    parser.add_argument("--max-message-bytes", type=at_least_one, required=True, help="the topic's max.message.bytes")
    offsets = {"type": offsets_of, "default": {}, "metavar": "[PARTITION:]OFFSET,…"}
    parser.add_argument("--from-offset", **offsets, help="read again from here; what is landed is replaced")
    parser.add_argument("--to-offset", **offsets, help="read up to here, this one not (default: the topic's end)")
    parser.add_argument(
        "--skip-missing",
        choices=("yes", "no"),
        default="no",
        help="yes: go on where messages were deleted before they came",
    )
    parser.add_argument("--kafka-option", type=kafka_option, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--result", required=True, help="URI of the JSON file to write what happened to")
    args = parser.parse_args(argv)
    args.kafka_option = dict(args.kafka_option)
    return args


def offsets_of(text: str) -> Asked:
    """Offsets by partition (None: all of them); none is what a run that was asked for nothing says."""
    return {} if text == NO_OFFSETS else dict(offset_of(each) for each in text.split(","))


def offset_of(text: str) -> tuple[int | None, int]:
    found = re.fullmatch(r"(?:(\d{1,9}):)?(\d{1,18})", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"must be an offset, or PARTITION:OFFSET, got {text!r}")
    return (int(found[1]) if found[1] else None), int(found[2])


if __name__ == "__main__":
    run(main)
