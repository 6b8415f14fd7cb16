"""How good predicted probabilities are: scikit-learn's metrics, and the tables and curves that a report draws."""

from typing import Any

import numpy as np
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_recall_curve,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)

# More points than this look the same in a plot, and weigh in its file.
MAX_CURVE_POINTS = 200
CALIBRATION_BINS = 10
# Shares of the listeners one might contact, most likely to leave first.
CONTACT_SHARES = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0)


def best_threshold(actual: np.ndarray, probability: np.ndarray) -> float:
    """The threshold with the highest F1 score; choose it on training rows only."""
    precision, recall, thresholds = precision_recall_curve(actual, probability)
    # The last point of the curve has no threshold; where both are 0, so is F1.
    sums = precision[:-1] + recall[:-1]
    f1 = np.divide(2 * precision[:-1] * recall[:-1], sums, out=np.zeros_like(sums), where=sums > 0)
    return float(thresholds[int(np.argmax(f1))])


def evaluate(actual: np.ndarray, probability: np.ndarray, threshold: float) -> dict[str, Any]:
    """Metrics and curves of one model; f1, precision and recall are those at the threshold."""
    flagged = probability >= threshold
    false_positive_rate, true_positive_rate, _ = roc_curve(actual, probability)
    precision, recall, _ = precision_recall_curve(actual, probability)
    metrics = {
        "averagePrecision": average_precision_score(actual, probability),
        "rocAuc": roc_auc_score(actual, probability),
        "logLoss": log_loss(actual, probability, labels=[0, 1]),
        "brier": brier_score_loss(actual, probability),
        "f1": f1_score(actual, flagged, zero_division=0),
        "precision": precision_score(actual, flagged, zero_division=0),
        "recall": recall_score(actual, flagged, zero_division=0),
    }
    return {
        "metrics": {name: float(value) for name, value in metrics.items()},
        "roc": _thinned(false_positive_rate, true_positive_rate),
        "precisionRecall": _thinned(recall[::-1], precision[::-1]),
    }


def probability_metrics(actual: np.ndarray, probability: np.ndarray, threshold: float) -> dict[str, float]:
    """How far probabilities can be believed, and accuracy; both outcomes must be there.

    Normalised entropy is log-loss over that of always saying the share that is positive: below 1, a model tells
    something (He et al. 2014, "Practical Lessons from Predicting Clicks on Ads at Facebook", section 3). Calibration is
    the mean prediction over that share; 1 is right.
    """
    share = float(actual.mean())
    entropy = -(share * np.log(share) + (1 - share) * np.log(1 - share))
    return {
        "normalisedEntropy": float(log_loss(actual, probability, labels=[0, 1]) / entropy),
        "calibration": float(probability.mean() / share),
        "accuracy": float(((probability >= threshold) == actual).mean()),
    }


def confusion(actual: np.ndarray, probability: np.ndarray, threshold: float) -> dict[str, int]:
    cells = confusion_matrix(actual, probability >= threshold, labels=[0, 1]).ravel()
    names = ("trueNegatives", "falsePositives", "falseNegatives", "truePositives")
    return {name: int(cell) for name, cell in zip(names, cells, strict=True)}


def contacts(actual: np.ndarray, probability: np.ndarray, threshold: float) -> list[dict[str, float]]:
    """What contacting everyone from a probability upwards would reach, for growing shares and for the threshold."""
    descending = np.sort(probability)[::-1]
    at_shares = {float(descending[max(0, round(share * len(descending)) - 1)]) for share in CONTACT_SHARES}
    rows = []
    for each in sorted(at_shares | {threshold}, reverse=True):
        contacted = probability >= each
        leaving = int(actual[contacted].sum())
        rows.append(
            {
                "threshold": each,
                "contacted": int(contacted.sum()),
                "precision": leaving / max(1, int(contacted.sum())),
                "recall": leaving / int(actual.sum()),
            }
        )
    return rows


def calibration(actual: np.ndarray, probability: np.ndarray) -> list[dict[str, float]]:
    """Mean prediction and share that left, in bins of equally many rows: equal where probabilities can be believed."""
    order = np.argsort(probability, kind="stable")
    bins = [rows for rows in np.array_split(order, CALIBRATION_BINS) if len(rows) > 0]
    return [
        {"predicted": float(probability[rows].mean()), "observed": float(actual[rows].mean()), "rows": len(rows)}
        for rows in bins
    ]


def _thinned(x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    """At most MAX_CURVE_POINTS points of a curve, the first and the last among them."""
    kept = np.unique(np.linspace(0, len(x) - 1, min(len(x), MAX_CURVE_POINTS)).round().astype(int))
    return [[float(x[index]), float(y[index])] for index in kept]
