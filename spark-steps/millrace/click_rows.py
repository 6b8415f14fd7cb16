"""The impressions that click models learn from, choose by and are tested on: in this order of time, never at random."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

LABEL = "click"
# Share of the impressions, the latest ones, that models are tested on.
TEST_SHARE = 0.25
# Share of those before, again the latest ones, by which terms and thresholds are chosen.
VALIDATION_SHARE = 0.25
# With less of either outcome, a part says nothing.
LEAST_OF_A_PART = 10


@dataclass(frozen=True)
class Count:
    """Impressions of an hour, and how many of them were clicked."""

    hour: datetime
    rows: int
    positives: int


@dataclass(frozen=True)
class Split:
    """Where parts begin; what was shown in the same hour is in the same part."""

    validation: datetime
    test: datetime


def last_outcomes(outcomes: DataFrame) -> DataFrame:
    """`id`, `outcome`: a row an impression. Of what was said of it more than once, what was known last counts."""
    return outcomes.groupBy("id").agg(F.max_by(LABEL, "known_at").alias("outcome"))


def labelled_impressions(impressions: DataFrame, outcomes: DataFrame | None, features: Sequence[str]) -> DataFrame:
    """Impressions whose outcome is known, from themselves or from what was sent later."""
    kept = impressions.select("id", "hour", *features, F.col(LABEL).alias("own"))
    if outcomes is None:
        label = F.col("own")
    else:
        kept = kept.join(last_outcomes(outcomes), on="id", how="left")
        label = F.coalesce("own", "outcome")
    return kept.select("id", "hour", *features, label.cast("int").alias(LABEL)).where(F.col(LABEL).isNotNull())


def counts_of(rows: DataFrame) -> list[Count]:
    """In order of time."""
    by_hour = rows.groupBy(F.date_trunc("hour", "hour").alias("hour"))
    counts = by_hour.agg(F.count("*").alias("rows"), F.sum(LABEL).alias("positives")).orderBy("hour")
    return [Count(row.hour, row.rows, row.positives) for row in counts.collect()]


def split_hours(counts: Sequence[Count]) -> Split | None:
    """None where there are not three hours, one for each part."""
    if len(counts) < 3:
        return None
    tested = _latest_hours(counts[1:], TEST_SHARE * sum(each.rows for each in counts))
    earlier = counts[: len(counts) - tested]
    chosen_by = _latest_hours(earlier, VALIDATION_SHARE * sum(each.rows for each in earlier))
    return Split(earlier[-chosen_by].hour, counts[-tested].hour)


def reason_to_skip(counts: Sequence[Count], split: Split | None) -> str | None:
    """Why there is nothing to learn from, in words; None when there is."""
    if split is None:
        return f"needs impressions of at least 3 hours, to train, choose and test with, got {len(counts)}"
    parts = {
        "impressions to learn from": [each for each in counts if each.hour < split.validation],
        "impressions to choose by": [each for each in counts if split.validation <= each.hour < split.test],
        "impressions to test with": [each for each in counts if each.hour >= split.test],
    }
    for name, part in parts.items():
        clicked = sum(each.positives for each in part)
        others = sum(each.rows for each in part) - clicked
        if min(clicked, others) < LEAST_OF_A_PART:
            wanted = f"needs at least {LEAST_OF_A_PART} clicked and as many others among the {name}"
            return f"{wanted}, got {clicked} and {others}"
    return None


def _latest_hours(counts: Sequence[Count], wanted: float) -> int:
    """How many of the latest hours together come nearest to so many rows; one at least, and never all of them."""
    nearest, best, rows = 1, float("inf"), 0
    for hours, each in enumerate(reversed(counts[1:]), start=1):
        rows += each.rows
        if abs(rows - wanted) < best:
            nearest, best = hours, abs(rows - wanted)
    return nearest
