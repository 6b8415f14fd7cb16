"""Takes the records of a topic into an Iceberg table, each once; what does not fit its contract is quarantined."""

import argparse

from pyspark.sql.types import TimestampType

from millrace.checkpoint import rows_to_read
from millrace.contract import Contract, read_contract
from millrace.kafka import read_topic
from millrace.landing import Landing, Target
from millrace.step import StepError, progress, run, session, write_result
from millrace.streams import AVAILABLE_NOW, Source, at_least_one, kafka_option, sigterm, start, trigger, wait


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    spark = session("ingest")
    contract = read_contract(spark, args.contract)
    check_event_time(contract, args.event_time)
    topic = read_topic(spark, args.brokers, args.topic, args.kafka_option)
    target = Target(contract, args.table, args.quarantine_table, args.event_time)
    target.ensure_tables(spark)
    total = rows_to_read(spark, args.checkpoint, topic)
    landing = Landing(target, total if args.trigger == AVAILABLE_NOW else None)
    progress(0, landing.total)
    source = Source(args.brokers, args.topic, args.kafka_option, args.max_offsets_per_trigger)
    with sigterm() as asked_to_stop:
        wait([start(spark, source, landing, checkpoint=args.checkpoint, trigger=args.trigger)], asked_to_stop)
    write_result(spark, args.result, landing.counts.result())


def check_event_time(contract: Contract, column: str) -> None:
    """A row without a time would be in no partition, and its duplicates would not be looked for."""
    times = [
        field.name
        for field in contract.schema
        if isinstance(field.dataType, TimestampType) and field.metadata.get("required")
    ]
    if column not in times:
        raise StepError(
            f"event-time must be a required timestamp of {contract.name} ({', '.join(times)}), got {column}"
        )


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brokers", required=True, help="host:port, separated by commas")
    parser.add_argument("--topic", required=True)
    parser.add_argument(
        "--contract", required=True, help="URI of the contract as `millrace contract` prints it for Spark"
    )
    parser.add_argument("--table", required=True, help="catalog.namespace.name of the Iceberg table")
    parser.add_argument("--quarantine-table", required=True)
    parser.add_argument(
        "--event-time", required=True, help="column that says when each happened; the table is partitioned by its day"
    )
    parser.add_argument("--checkpoint", required=True, help="URI of the directory that remembers what was read")
    parser.add_argument(
        "--trigger", type=trigger, default=AVAILABLE_NOW, help="available-now, as-fast-as-possible or '30 seconds'"
    )
    parser.add_argument(
        "--max-offsets-per-trigger", type=at_least_one, default=500_000, help="records in a batch at most"
    )
    parser.add_argument("--kafka-option", type=kafka_option, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--result", required=True, help="URI of the JSON file to write what happened to")
    args = parser.parse_args(argv)
    args.kafka_option = dict(args.kafka_option)
    return args


if __name__ == "__main__":
    run(main)
