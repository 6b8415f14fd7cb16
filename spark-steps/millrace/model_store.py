"""Trained models as files: docs/architecture.md, "Models"."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession

from millrace.files import read_text, write_json, write_text
from millrace.step import StepError


@dataclass(frozen=True)
class ServingModel:
    """What it takes to score a listener."""

    version: str
    horizon_days: int
    # A listener whose probability reaches this counts as at risk.
    threshold: float
    # In the order the booster knows them.
    features: tuple[str, ...]
    # Median of each feature over the rows the model learned from.
    typical: tuple[float | None, ...]
    # XGBoost's own JSON.
    booster: str


def save_model(spark: SparkSession, models: str, model: ServingModel, evaluation: Mapping[str, Any]) -> None:
    """Writes a model and makes it the latest: last, so that a reader of `latest.json` always finds a whole model."""
    folder = f"{models.rstrip('/')}/{model.version}"
    serving = {
        "version": model.version,
        "horizonDays": model.horizon_days,
        "threshold": model.threshold,
        "features": [
            {"name": name, "typical": typical} for name, typical in zip(model.features, model.typical, strict=True)
        ],
    }
    write_text(spark, f"{folder}/model.json", model.booster)
    write_json(spark, f"{folder}/serving.json", serving)
    write_json(spark, f"{folder}/evaluation.json", evaluation)
    write_json(spark, f"{models.rstrip('/')}/latest.json", {"version": model.version})


def latest_model(spark: SparkSession, models: str) -> ServingModel | None:
    """The model trained last, or None where none was trained yet."""
    latest = read_text(spark, f"{models.rstrip('/')}/latest.json")
    if latest is None:
        return None
    version = json.loads(latest)["version"]
    folder = f"{models.rstrip('/')}/{version}"
    booster, serving = read_text(spark, f"{folder}/model.json"), read_text(spark, f"{folder}/serving.json")
    if booster is None or serving is None:
        raise StepError(f"the latest model must have model.json and serving.json, got {folder} without them")
    about = json.loads(serving)
    return ServingModel(
        version=version,
        horizon_days=about["horizonDays"],
        threshold=about["threshold"],
        features=tuple(feature["name"] for feature in about["features"]),
        typical=tuple(feature["typical"] for feature in about["features"]),
        booster=booster,
    )
