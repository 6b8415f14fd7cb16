"""evaluation.json of a click model: what is known of it, for the report to draw. docs/clicks.md has its format."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from millrace.click_fit import Trained
from millrace.click_model import TermWeights
from millrace.click_rows import LABEL, Count
from millrace.click_terms import bucket_of, text_of
from millrace.model_metrics import best_threshold, calibration, confusion, evaluate, probability_metrics

SERVED = "click-model"
# Names for people, in the order of the report; the first is the model that serves.
LABELS = {
    SERVED: "Click model",
    "logistic-regression": "Logistic regression",
    "decision-tree": "Decision tree",
    "random-forest": "Random forest",
    "constant": "Share clicked, for all",
    "truth": "True probability",
}
TOP_TERMS = 30


def evaluation(chosen_by: pd.DataFrame, tested: pd.DataFrame) -> dict[str, Any]:
    """Metrics of each model on the test rows, at a threshold chosen on earlier ones.

    Both have a row an impression, with its label and a column a model. `chosen_by` was predicted by models that learned
    from what was before it, `tested` by those that learned from `chosen_by` as well.
    """
    models = [name for name in LABELS if name in tested]
    # Where the truth is known of the test rows alone, its threshold is chosen there.
    before = {name: chosen_by if name in chosen_by else tested for name in models}
    thresholds = {
        name: best_threshold(before[name][LABEL].to_numpy(), before[name][name].to_numpy()) for name in models
    }
    actual, served = tested[LABEL].to_numpy(), tested[SERVED].to_numpy()
    return {
        "models": [
            {"name": name, "label": LABELS[name], "threshold": thresholds[name]}
            | _evaluated(actual, tested[name].to_numpy(), thresholds[name])
            for name in models
        ],
        # What accuracy is to be held against: that of saying for all what most are.
        "majorityAccuracy": float(max(actual.mean(), 1 - actual.mean())),
        "threshold": thresholds[SERVED],
        "confusion": confusion(actual, served, thresholds[SERVED]),
        "calibration": calibration(actual, served),
    }


def about(counts: Sequence[Count]) -> dict[str, Any]:
    return {
        "rows": sum(each.rows for each in counts),
        "positives": sum(each.positives for each in counts),
        "from": as_text(counts[0].hour),
        "until": as_text(counts[-1].hour),
    }


def as_text(hour: datetime) -> str:
    return f"{hour:%Y-%m-%dT%H:%M:%SZ}"


def priors(trained: Trained) -> list[dict[str, Any]]:
    """How far each term may move the log-odds: the standard deviation of its weights, the largest first."""
    spreads = zip(trained.weights.terms, trained.spreads, strict=True)
    return sorted(({"term": list(term), "spread": spread} for term, spread in spreads), key=lambda row: -row["spread"])


def top_terms(rows: DataFrame, weights: TermWeights) -> list[dict[str, Any]]:
    """The values that move the log-odds most. Of those that share a bucket, the one with the most rows."""
    order = np.argsort(-np.abs(weights.weights), kind="stable")[:TOP_TERMS]
    top = {int(weights.indexes[at]): float(weights.weights[at]) for at in order}
    terms = [
        F.struct(text_of(term).alias("text"), bucket_of(term, weights.buckets).alias("bucket"))
        for term in weights.terms
    ]
    each = rows.select(F.explode(F.array(*terms)).alias("term")).select("term.*").where(F.col("bucket").isin(*top))
    counts = each.groupBy("bucket", "text").count().groupBy("bucket")
    texts = counts.agg(F.max_by(F.struct("text", "count"), F.struct("count", "text")).alias("most")).collect()
    named = [{"term": row.most.text, "weight": top[row.bucket], "rows": row.most["count"]} for row in texts]
    return sorted(named, key=lambda row: -abs(row["weight"]))


def _evaluated(actual: np.ndarray, probability: np.ndarray, threshold: float) -> dict[str, Any]:
    evaluated = evaluate(actual, probability, threshold)
    return evaluated | {"metrics": evaluated["metrics"] | probability_metrics(actual, probability, threshold)}
