"""The click model as files, and what it says of impressions: docs/clicks.md, "The model" has the format."""

import base64
import json
import sys
import zipimport
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from millrace.click_terms import Term, bucket_of
from millrace.files import read_text, write_json
from millrace.step import StepError

FORMAT = 1


@dataclass(frozen=True)
class TermWeights:
    """A model without what it takes to serve: the fields of `ClickModel` that probabilities depend on."""

    buckets: int
    terms: tuple[Term, ...]
    intercept: float
    indexes: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class ClickModel:
    """A linear model over hashed terms: log-odds of a click are the intercept and the weights of the terms' buckets."""

    version: str
    # Hour of the latest impression that it learned from, ISO 8601 in UTC.
    trained_until: str
    # A power of two.
    buckets: int
    terms: tuple[Term, ...]
    intercept: float
    # Buckets whose weight is not 0, and these weights: int64 and float64.
    indexes: np.ndarray
    weights: np.ndarray
    # An impression whose probability reaches this counts as one that is clicked.
    threshold: float
    # Share of clicks among the impressions that it learned from.
    base_rate: float


def latest_version(spark: SparkSession, models: str) -> str | None:
    """The model that was trained last, or None where none was trained yet; `models` is the folder of click models."""
    latest = read_text(spark, f"{models.rstrip('/')}/latest.json")
    return None if latest is None else json.loads(latest)["version"]


def read_click_model(spark: SparkSession, models: str, version: str) -> ClickModel:
    """Fails with a StepError where there is no such model, or one of another format."""
    uri = f"{models.rstrip('/')}/{version}/model.json"
    text = read_text(spark, uri)
    if text is None:
        raise StepError(f"click model must be a file, got {uri}, where there is none")
    try:
        return _from_json(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise StepError(f"click model must be of format {FORMAT}, got {uri}: {error}") from error


def save_click_model(spark: SparkSession, models: str, model: ClickModel, evaluation: Mapping[str, Any]) -> None:
    """Writes a model and makes it the latest: last, so that a reader of `latest.json` always finds a whole model."""
    folder = f"{models.rstrip('/')}/{model.version}"
    write_json(spark, f"{folder}/model.json", _as_json(model))
    write_json(spark, f"{folder}/evaluation.json", evaluation)
    write_json(spark, f"{models.rstrip('/')}/latest.json", {"version": model.version})


def probability_of(model: ClickModel | TermWeights) -> Column:
    """Probability of a click. A stream of batches makes it once: weights are serialized each time it is made."""
    buckets = F.struct(*[bucket_of(term, model.buckets).alias(f"term_{at}") for at, term in enumerate(model.terms)])
    return _probability(model)(buckets)


def _probability(model: ClickModel | TermWeights) -> Column:
    """A function of its own for each model: executors do not have this package, so it takes with it all it needs."""
    size, intercept, indexes, weights = model.buckets, model.intercept, model.indexes, model.weights

    @F.pandas_udf("double")
    def probability(buckets: pd.DataFrame) -> pd.Series:
        # Python reads the directory of each zip that it knows modules from anew at the start of each task of a worker
        # (`importlib.invalidate_caches`), and Spark's own package is one: 0.1 s of CPU a task. What it forgets here it
        # takes up again where it needs it.
        for path, importer in list(sys.path_importer_cache.items()):
            if isinstance(importer, zipimport.zipimporter):
                del sys.path_importer_cache[path]
        weight_of = np.zeros(size)
        weight_of[indexes] = weights
        margin = np.full(len(buckets), intercept)
        # Term by term, so that sums are rounded as everybody's who adds them up in their order.
        for _, column in buckets.items():
            margin += weight_of[column.to_numpy()]
        with np.errstate(over="ignore"):
            return pd.Series(1 / (1 + np.exp(-margin)))

    return probability


def _as_json(model: ClickModel) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": model.version,
        "trainedUntil": model.trained_until,
        "buckets": model.buckets,
        "terms": model.terms,
        "intercept": model.intercept,
        "indexes": base64.b64encode(model.indexes.astype("<u4").tobytes()).decode(),
        "weights": base64.b64encode(model.weights.astype("<f8").tobytes()).decode(),
        "threshold": model.threshold,
        "baseRate": model.base_rate,
    }


def _from_json(parts: Mapping[str, Any]) -> ClickModel:
    if parts["format"] != FORMAT:
        raise ValueError(f"format must be {FORMAT}, got {parts['format']}")
    buckets = parts["buckets"]
    if buckets < 1 or buckets & (buckets - 1):
        raise ValueError(f"buckets must be a power of two, got {buckets}")
    indexes = np.frombuffer(base64.b64decode(parts["indexes"]), dtype="<u4").astype(np.int64)
    weights = np.frombuffer(base64.b64decode(parts["weights"]), dtype="<f8").astype(np.float64)
    if len(indexes) != len(weights):
        raise ValueError(f"weights must be as many as indexes, {len(indexes)}, got {len(weights)}")
    if len(indexes) > 0 and indexes.max() >= buckets:
        raise ValueError(f"indexes must be below {buckets}, got {indexes.max()}")
    if not np.isfinite([parts["intercept"], *weights]).all():
        raise ValueError("weights must be finite numbers, got others")
    return ClickModel(
        version=parts["version"],
        trained_until=parts["trainedUntil"],
        buckets=buckets,
        terms=tuple(tuple(term) for term in parts["terms"]),
        intercept=parts["intercept"],
        indexes=indexes,
        weights=weights,
        threshold=parts["threshold"],
        base_rate=parts["baseRate"],
    )
