"""The quality of live predictions, kept in a table and told in a small file."""

import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from millrace.click_quality import Windows, quality_by_window, rolling
from millrace.contract import Contract
from millrace.files import read_text, write_json
from millrace.tables import TABLE_PROPERTIES, ensure_table, quoted


@dataclass(frozen=True)
class Tables:
    predictions: str
    outcomes: str
    quality: str


@dataclass(frozen=True)
class RollingFile:
    """Where the figures of the last so many windows are told, for an alarm to read."""

    uri: str
    windows: int
    # Folder of the models, whose evaluation says what log-loss is to be expected.
    models: str


class LiveQuality:
    """Keeps the quality table in step with predictions and outcomes.

    Windows that either has touched are computed anew, from both tables: doing it again changes nothing. Which windows
    predictions have touched is known in this process alone, so the first update takes all since the newest window.
    """

    def __init__(self, spark: SparkSession, tables: Tables, windows: Windows, file: RollingFile | None) -> None:
        self._spark = spark
        self._tables = tables
        self._windows = windows
        self._file = file
        self._touched: set[datetime] = set()
        self._touching = threading.Lock()
        self._updating = threading.Lock()
        self._touch(self._unaccounted())

    def add_predictions(self, predicted_at: datetime) -> None:
        """To be called once they are in the lake."""
        self._touch({self._windows.start_of(predicted_at)})

    def add_outcomes(self, outcomes: DataFrame) -> None:
        """To be called once they are in the lake."""
        predictions = self._recent(outcomes.sparkSession, datetime.now(UTC))
        of_them = predictions.join(outcomes.select("id"), on="id", how="left_semi")
        self._touch(_starts(of_them, self._windows))

    def update(self) -> None:
        """Computes the windows that were touched since the last update."""
        with self._updating:
            with self._touching:
                touched, self._touched = self._touched, set()
            if not touched:
                return
            try:
                self._compute(touched)
                self._tell()
            except BaseException:
                self._touch(touched)
                raise

    def _compute(self, starts: set[datetime]) -> None:
        for table in (self._tables.predictions, self._tables.outcomes):
            self._spark.sql(f"REFRESH TABLE {quoted(table)}")
        first, after = min(starts), max(starts) + timedelta(seconds=self._windows.seconds)
        time = F.col("predicted_at")
        predictions = (
            self._spark.table(self._tables.predictions)
            .where((time >= F.lit(first)) & (time < F.lit(after)))
            .where(self._windows.column("predicted_at").isin([F.lit(each) for each in sorted(starts)]))
        )
        outcomes = self._spark.table(self._tables.outcomes).where(
            F.col("ingested_at") >= F.lit(first - self._windows.within)
        )
        computed = quality_by_window(predictions, outcomes, self._windows)
        columns = self._spark.table(self._tables.quality).columns
        computed.select(*columns).createOrReplaceTempView("computed_click_quality")
        self._spark.sql(
            f"MERGE INTO {quoted(self._tables.quality)} AS kept USING computed_click_quality AS computed "
            "ON kept.window_start = computed.window_start AND kept.model_version = computed.model_version "
            "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
        )

    def _tell(self) -> None:
        if self._file is None:
            return
        figures = rolling(self._spark.table(self._tables.quality), self._windows, self._file.windows)
        if figures is not None:
            expected = expected_log_loss(self._spark, self._file.models, figures["modelVersion"])
            write_json(self._spark, self._file.uri, {**figures, "expectedLogLoss": expected})

    def _unaccounted(self) -> set[datetime]:
        """Windows of predictions that were not accounted for when the process before this one ended."""
        newest = self._spark.table(self._tables.quality).agg(F.max("window_start")).first()[0]
        predictions = self._spark.table(self._tables.predictions)
        if newest is not None:
            predictions = predictions.where(F.col("predicted_at") >= F.lit(newest))
        return _starts(predictions, self._windows)

    def _recent(self, spark: SparkSession, now: datetime) -> DataFrame:
        spark.sql(f"REFRESH TABLE {quoted(self._tables.predictions)}")
        return spark.table(self._tables.predictions).where(F.col("predicted_at") >= F.lit(now - self._windows.within))

    def _touch(self, starts: set[datetime]) -> None:
        with self._touching:
            self._touched = self._touched | starts


def _starts(predictions: DataFrame, windows: Windows) -> set[datetime]:
    rows = predictions.select(windows.column("predicted_at").alias("start")).distinct().collect()
    return {row.start.replace(tzinfo=UTC) for row in rows}


def expected_log_loss(spark: SparkSession, models: str, version: str) -> float | None:
    """What the model's evaluation on impressions later than those it learned from has told; None where it has not."""
    text = read_text(spark, f"{models.rstrip('/')}/{version}/evaluation.json")
    models_told = json.loads(text).get("models", []) if text else []
    # The first is the one that serves.
    return models_told[0]["metrics"]["logLoss"] if models_told else None


def ensure_quality(spark: SparkSession, table: str, contract: Contract) -> None:
    ensure_table(
        spark,
        table,
        contract.schema,
        partitioned_by="days(window_start)",
        description=contract.description,
        properties=TABLE_PROPERTIES,
    )
