"""Micro-batches of ad impressions to predictions: on a topic, as CSV, on the console, and in the lake."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType, TimestampType

from millrace.batches import BatchTable, query_id
from millrace.click_tally import Tally
from millrace.contract import Contract
from millrace.current_model import CurrentModel
from millrace.exports import write_csv
from millrace.landing import quarantine
from millrace.live_quality import LiveQuality
from millrace.messages import EARLIEST_MS, read_messages, table_rows
from millrace.streams import Sink
from millrace.tables import TABLE_PROPERTIES, ensure_table

RECORD = "key binary, value binary, topic string, partition int, offset long, timestamp timestamp"
# What predictions keep of an impression.
KEPT = ("id", "hour", "kafka_topic", "kafka_partition", "kafka_offset", "kafka_timestamp")


@dataclass(frozen=True)
class Outputs:
    """Where predictions go, and what cannot be scored."""

    contract: Contract
    brokers: str
    topic: str
    kafka_options: Mapping[str, str]
    table: str
    quarantine_table: str
    # Folder of CSV files, and rows of each batch to print.
    csv: str | None
    console: int | None


class Scoring(Sink):
    """Scores micro-batches with the model that is the latest when each begins.

    The lake's commit is the last thing done of a batch and ends it: a batch that is there is not touched again, so that
    the lake has what the topic had last, whatever model is the latest when a batch is done again.
    """

    def __init__(
        self,
        impressions: Contract,
        models: CurrentModel,
        outputs: Outputs,
        quality: LiveQuality,
        tally: Tally,
    ) -> None:
        super().__init__()
        self._impressions = impressions
        self._models = models
        self._outputs = outputs
        self._table = BatchTable(outputs.table)
        self._quality = quality
        self._tally = tally

    def warm_up(self, spark: SparkSession) -> None:
        """Scores a made-up impression to nowhere, so that the first real ones need not wait while code is compiled.

        There must be a model.
        """
        value = json.dumps({field.metadata["source"]: _made_up(field) for field in self._impressions.schema})
        record = (b"", value.encode(), "", 0, 0, datetime.now(UTC))
        records = spark.createDataFrame([record], RECORD).repartition(spark.sparkContext.defaultParallelism)
        messages = read_messages(records, self._impressions)
        rows = live_rows(messages, self._impressions)
        rows.select(*KEPT, self._models.take().probability).write.format("noop").mode("overwrite").save()

    def _take(self, batch: DataFrame, batch_id: int) -> None:
        if self._table.has(batch, batch_id):
            return
        model = self._models.take()
        # Both are kept, because they are needed several times.
        messages = read_messages(few_tasks(batch), self._impressions).persist(StorageLevel.MEMORY_AND_DISK)
        rows = self._table.missing(live_rows(messages, self._impressions))
        scored = rows.select(*KEPT, model.probability.alias("probability")).persist(StorageLevel.MEMORY_AND_DISK)
        predicted_at = datetime.now(UTC)
        predictions = predicted(scored, model.version, predicted_at, self._outputs.contract)
        try:
            count = self._write(messages, predictions, batch, batch_id)
        finally:
            scored.unpersist()
            messages.unpersist()
        if count:
            self._quality.add_predictions(predicted_at)
        self._tally.model_version = model.version
        self._tally.tell()

    def _write(self, messages: DataFrame, predictions: DataFrame, batch: DataFrame, batch_id: int) -> int:
        outputs = self._outputs
        # First, because somebody waits for it.
        write_topic(predictions, outputs)
        rows_in, fit, live = messages.agg(
            F.count("*"), F.count_if("fits"), F.count_if(F.col("fits") & F.col("message.click").isNull())
        ).first()
        scored = predictions.count() if self._table.looks_for_rows else live
        if rows_in > fit:
            quarantine(messages, self._impressions, outputs.quarantine_table)
        if scored and outputs.console:
            predictions.select(*outputs.contract.schema.names).show(outputs.console, truncate=False)
        if scored and outputs.csv:
            folder = f"{outputs.csv.rstrip('/')}/query={query_id(batch)}/batch={batch_id}"
            write_csv(predictions, outputs.contract.schema, folder)
        if scored:
            self._table.append(predictions, scored, batch, batch_id)
        self._tally.impressions += rows_in
        self._tally.quarantined += rows_in - fit
        self._tally.scored += scored
        return scored


def ensure_predictions(spark: SparkSession, table: str, contract: Contract) -> None:
    ensure_table(
        spark,
        table,
        StructType([*contract.schema, *contract.kafka]),
        partitioned_by="days(produced_at)",
        description=contract.description,
        properties=TABLE_PROPERTIES,
    )


def live_rows(messages: DataFrame, contract: Contract) -> DataFrame:
    """Rows of messages that fit and carry no outcome."""
    return table_rows(messages, contract).where(F.col("click").isNull())


def few_tasks(batch: DataFrame) -> DataFrame:
    """One task a core, whatever the number of partitions: a task costs more than the records that it has here."""
    return batch.coalesce(batch.sparkSession.sparkContext.defaultParallelism)


def predicted(scored: DataFrame, model_version: str, predicted_at: datetime, contract: Contract) -> DataFrame:
    """Predictions in the columns of their table.

    What is another value in each batch is added here, after the rows that are kept: as part of the plan that reads and
    scores it would have Spark compile this anew for each batch, which takes longer than the scoring.
    """
    made = scored.withColumns(
        {
            "model_version": F.lit(model_version),
            "produced_at": F.col("kafka_timestamp"),
            "predicted_at": F.lit(predicted_at),
            "ingested_at": F.lit(predicted_at),
        }
    )
    return made.select(*contract.schema.names, *contract.kafka.names)


def write_topic(predictions: DataFrame, outputs: Outputs) -> None:
    """At least once: a batch that is done again is sent again, by the same keys."""
    values = [_json_value(field).alias(field.metadata["source"]) for field in outputs.contract.schema]
    records = predictions.select(F.col("id").alias("key"), F.to_json(F.struct(*values)).alias("value"))
    options = {
        "kafka.bootstrap.servers": outputs.brokers,
        "topic": outputs.topic,
        **{f"kafka.{name}": value for name, value in outputs.kafka_options.items()},
    }
    records.write.format("kafka").options(**options).save()


def _made_up(field: StructField) -> object:
    if field.metadata.get("role") == "label":
        return None
    if isinstance(field.dataType, TimestampType):
        return EARLIEST_MS
    return "0" if isinstance(field.dataType, StringType) else 0


def _json_value(field: StructField) -> Column:
    value = F.col(field.name)
    return F.unix_millis(value) if isinstance(field.dataType, TimestampType) else value
