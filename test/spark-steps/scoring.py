"""What the tests of scoring clicks share: topics, tables, a model, and a way to run the step in them."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import score_clicks
from local_broker import LocalTopic
from pyspark.sql import Row, SparkSession

from millrace.click_model import ClickModel, save_click_model

HOUR_MS = 1_413_864_000_000  # 2014-10-21 04:00


def impression(number: int, **fields: object) -> dict:
    """A live one: its outcome is not known yet."""
    return {"id": f"i{number}", "hour": HOUR_MS, "C1": 1005, "site_id": "s", "banner_pos": number % 2, **fields}


def outcome(number: int, click: int, **fields: object) -> dict:
    return {"id": f"i{number}", "click": click, "knownAt": HOUR_MS, **fields}


def save_model(spark: SparkSession, models: Path, version: str, intercept: float, evaluated: Sequence = ()) -> None:
    """A model that gives every impression the same log-odds, whatever it knows of it."""
    none = np.array([], dtype=np.int64), np.array([], dtype=np.float64)
    model = ClickModel(version, "2014-10-21T00:00:00+00:00", 16, (("site_id",),), intercept, *none, 0.5, 0.2)
    save_click_model(spark, str(models), model, {"models": list(evaluated)})


def probability(intercept: float) -> float:
    return 1 / (1 + math.exp(-intercept))


@dataclass
class Clicks:
    """Where one test scores, and what is there."""

    spark: SparkSession
    brokers: str
    impressions: LocalTopic
    outcomes: LocalTopic
    predictions: LocalTopic
    contracts: dict[str, str]
    table: str
    directory: Path
    checkpoint: str = "checkpoint"

    @property
    def models(self) -> Path:
        return self.directory / "models"

    def arguments(self, **options: object) -> list[str]:
        options = {
            "brokers": self.brokers,
            "topic": self.impressions.name,
            "contract": self.contracts["ad_impressions"],
            "models": self.models,
            "predictions_topic": self.predictions.name,
            "predictions_contract": self.contracts["click_predictions"],
            "predictions_table": self.table,
            "quarantine_table": f"{self.table}_quarantine",
            "outcomes_topic": self.outcomes.name,
            "outcomes_contract": self.contracts["ad_clicks"],
            "outcomes_table": f"{self.table}_outcomes",
            "outcomes_quarantine_table": f"{self.table}_outcomes_quarantine",
            "quality_contract": self.contracts["click_quality"],
            "quality_table": f"{self.table}_quality",
            "quality_every": "1 second",
            "checkpoint": self.directory / self.checkpoint,
            "result": self.directory / "result.json",
            **options,
        }
        return [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]

    def score(self, **options: object) -> dict:
        score_clicks.main(self.arguments(**options))
        return json.loads((self.directory / "result.json").read_text())

    def lake(self, *columns: str) -> list[Row]:
        return self.rows(self.table, *(columns or ("id",)), order="id")

    def rows(self, table: str, *columns: str, order: str) -> list[Row]:
        self.spark.sql(f"REFRESH TABLE {table}")
        return self.spark.table(table).orderBy(order).select(*columns).collect()

    def ids(self) -> list[str]:
        return [row.id for row in self.lake()]

    def told(self) -> list[dict]:
        """What the topic of predictions has, by partition in its order."""
        options = {"kafka.bootstrap.servers": self.brokers, "subscribe": self.predictions.name}
        records = self.spark.read.format("kafka").options(**options).load().orderBy("partition", "offset")
        return [{"key": row.key.decode(), **json.loads(row.value)} for row in records.select("key", "value").collect()]

    def last_told(self) -> dict[str, dict]:
        """The last prediction of each key."""
        return {each["key"]: each for each in self.told()}

    def quality(self) -> list[Row]:
        return self.rows(f"{self.table}_quality", "*", order="window_start")


def ids(numbers: Sequence[int]) -> list[str]:
    return sorted(f"i{number}" for number in numbers)
