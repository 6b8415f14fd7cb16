"""How good live predictions are, as outcomes come in: by window of time and model, and over the last windows."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from millrace.click_rows import last_outcomes

# Log-loss of a probability of 0 or 1 that was wrong would be infinite.
SMALLEST = sys.float_info.epsilon


@dataclass(frozen=True)
class Windows:
    seconds: int
    # Outcomes that are known later after their prediction, or earlier before it, are not counted: bounds what is read.
    within: timedelta

    def start_of(self, time: datetime) -> datetime:
        seconds = int(time.timestamp())
        return datetime.fromtimestamp(seconds - seconds % self.seconds, UTC)

    def column(self, time: str) -> Column:
        """Start of the window that a time is in."""
        return F.timestamp_seconds(F.floor(F.unix_seconds(time) / self.seconds) * self.seconds)


def quality_by_window(predictions: DataFrame, outcomes: DataFrame, windows: Windows) -> DataFrame:
    """Rows of `click_quality`."""
    made = predictions.select(
        "id", "probability", "model_version", windows.column("predicted_at").alias("window_start")
    )
    probability, click = F.col("probability"), F.col("outcome")
    bounded = F.greatest(F.least(probability, F.lit(1 - SMALLEST)), F.lit(SMALLEST))
    loss = -F.when(click == 1, F.log(bounded)).when(click == 0, F.log1p(-bounded))
    sums = (
        made.join(last_outcomes(outcomes), on="id", how="left")
        .groupBy("window_start", "model_version")
        .agg(
            F.count("*").alias("predictions"),
            F.count(click).alias("labelled"),
            F.coalesce(F.sum(click), F.lit(0)).alias("clicks"),
            F.avg(F.when(click.isNotNull(), probability)).alias("mean_probability"),
            F.avg(loss).alias("log_loss"),
        )
    )
    return with_ratios(sums).withColumn(
        "window_end", F.col("window_start") + F.expr(f"INTERVAL {windows.seconds} SECOND")
    )


def with_ratios(sums: DataFrame) -> DataFrame:
    """Adds normalised entropy and calibration; null where all outcomes are the same, or there is none."""
    rate = F.col("clicks") / F.col("labelled")
    entropy = -(rate * F.log(rate) + (1 - rate) * F.log1p(-rate))
    return sums.withColumns(
        {
            "normalised_entropy": F.when((rate > 0) & (rate < 1), F.col("log_loss") / entropy),
            "calibration": F.when(rate > 0, F.col("mean_probability") / rate),
        }
    )


def rolling(quality: DataFrame, windows: Windows, number: int) -> dict[str, Any] | None:
    """Figures of the last so many windows that end with the newest one, of the model that made predictions last."""
    newest = (
        quality.orderBy(F.desc("window_start"), F.desc("model_version")).select("window_end", "model_version").first()
    )
    if newest is None:
        return None
    until = newest.window_end.replace(tzinfo=UTC)
    since = until - timedelta(seconds=windows.seconds * number)
    rows = quality.where((F.col("window_start") >= F.lit(since)) & (F.col("model_version") == newest.model_version))
    labelled = F.sum("labelled")
    weighted = {name: (F.sum(F.col(name) * F.col("labelled")) / labelled) for name in ("mean_probability", "log_loss")}
    sums = rows.agg(
        F.sum("predictions").alias("predictions"),
        labelled.alias("labelled"),
        F.sum("clicks").alias("clicks"),
        *[value.alias(name) for name, value in weighted.items()],
    )
    figures = with_ratios(sums).first()
    return {
        "modelVersion": newest.model_version,
        "from": _iso(since),
        "to": _iso(until),
        "predictions": figures.predictions,
        "labelled": figures.labelled,
        "logLoss": figures.log_loss,
        "normalisedEntropy": figures.normalised_entropy,
        "calibration": figures.calibration,
    }


def _iso(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
