"""evaluation.json: what is known of a model, for the report to draw. docs/architecture.md, "Models", has its format."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from millrace.contract import Contract
from millrace.model_metrics import best_threshold, calibration, confusion, contacts, evaluate
from millrace.model_split import Split

# Names for people, in the order of the report; the first is the model that serves.
LABELS = {
    "xgboost": "XGBoost",
    "random-forest": "Random forest",
    "logistic-regression": "Logistic regression",
    "truth": "True probability",
}


def evaluation(predictions: pd.DataFrame, split: Split, label: str) -> dict[str, Any]:
    """Metrics of each model on the test rows, at a threshold chosen on the training rows.

    `predictions` has a row a listener and cut-off, with the label and a column a model; each was predicted by a model
    that never saw the listener.
    """
    train = predictions[predictions.cutoff.isin(split.train_cutoffs)]
    test = predictions[predictions.cutoff.isin(split.test_cutoffs)]
    served, *_ = models = [name for name in LABELS if name in predictions]
    thresholds = {name: best_threshold(train[label].to_numpy(), train[name].to_numpy()) for name in models}
    actual, probability, threshold = test[label].to_numpy(), test[served].to_numpy(), thresholds[served]
    return {
        "train": _about(train, label),
        "test": _about(test, label),
        "models": [
            {"name": name, "label": LABELS[name], **evaluate(actual, test[name].to_numpy(), thresholds[name])}
            for name in models
        ],
        "threshold": threshold,
        "confusion": confusion(actual, probability, threshold),
        "contacts": contacts(actual, probability, threshold),
        "calibration": calibration(actual, probability),
    }


def importances(features: Sequence[str], means: Sequence[float], contract: Contract) -> list[Mapping[str, Any]]:
    """Features by how much they move the log-odds of churn, the strongest first."""
    labels = {field.name: field.metadata.get("label") or field.name.replace("_", " ") for field in contract.schema}
    rows = [
        {"feature": name, "label": labels[name], "importance": float(mean)}
        for name, mean in zip(features, means, strict=True)
    ]
    return sorted(rows, key=lambda row: -row["importance"])


def _about(rows: pd.DataFrame, label: str) -> dict[str, Any]:
    return {
        "rows": len(rows),
        "positives": int(rows[label].sum()),
        "users": int(rows.user_id.nunique()),
        "cutoffs": [str(cutoff) for cutoff in sorted(rows.cutoff.unique())],
    }
