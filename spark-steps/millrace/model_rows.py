"""The rows that models learn from and are tested on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, NumericType

from millrace.contract import Contract
from millrace.model_split import FOLDS, Split, fold_of
from millrace.step import StepError

KEY = ("user_id", "cutoff")
# Fewer churned rows than these teach nothing, and test nothing.
LEAST_POSITIVES = 20
LEAST_POSITIVES_OF_A_PART = 5


@dataclass(frozen=True)
class Count:
    """Rows of a cut-off and fold."""

    cutoff: date
    fold: int
    rows: int
    positives: int


def feature_names(table: DataFrame, contract: Contract) -> list[str]:
    """The columns a model learns from: those the contract calls features. Fails when the table has no such number."""
    names = contract.columns_with_role("feature")
    if not names:
        raise StepError(f"contract {contract.name} must have columns with the role feature, got none")
    check_features(table, names)
    return names


def check_features(table: DataFrame, names: Sequence[str]) -> None:
    """Fails with a StepError that names the features which the table lacks or has as something else than numbers."""
    kinds = {field.name: field.dataType for field in table.schema}
    missing = [name for name in names if name not in kinds]
    if missing:
        raise StepError(f"the features table must have the model's features, got none named {', '.join(missing)}")
    for name in names:
        if not isinstance(kinds[name], NumericType | BooleanType):
            raise StepError(f"feature {name} must be a number or a boolean, got {kinds[name].simpleString()}")


def number(name: str) -> Column:
    """A feature as the models take it: a double, null where it is missing."""
    value = F.col(name).cast("double")
    return F.when(~F.isnan(value), value).alias(name)


def labelled_rows(table: DataFrame, features: Sequence[str], label: str, seed: int) -> DataFrame:
    known = table.where(F.col(label).isNotNull())
    return known.select(*KEY, F.col(label).cast("int"), fold_of("user_id", seed).alias("fold"), *map(number, features))


def counts_of(rows: DataFrame, label: str) -> list[Count]:
    grouped = rows.groupBy("cutoff", "fold").agg(F.count("*").alias("rows"), F.sum(label).alias("positives"))
    return [Count(row.cutoff, row.fold, row.rows, row.positives) for row in grouped.collect()]


def reason_to_skip(counts: Sequence[Count], split: Split | None, horizon_days: int) -> str | None:
    """Why there is nothing to learn from, in words; None when there is."""
    rows, positives = sum(each.rows for each in counts), sum(each.positives for each in counts)
    if positives < LEAST_POSITIVES:
        return f"needs at least {LEAST_POSITIVES} churned rows, got {positives}"
    if rows - positives < LEAST_POSITIVES:
        return f"needs at least {LEAST_POSITIVES} rows that did not churn, got {rows - positives}"
    if split is None:
        days = sorted({each.cutoff for each in counts})
        return f"needs cut-offs at least {horizon_days} days apart, to test on later ones, got {days[0]} to {days[-1]}"
    parts = {"test rows": [each for each in counts if each.cutoff in split.test_cutoffs]}
    for fold in range(FOLDS):
        name = f"training rows outside fold {fold + 1} of {FOLDS}"
        parts[name] = [each for each in counts if each.cutoff in split.train_cutoffs and each.fold != fold]
    for name, part in parts.items():
        churned = sum(each.positives for each in part)
        stayed = sum(each.rows for each in part) - churned
        if min(churned, stayed) < LEAST_POSITIVES_OF_A_PART:
            wanted = f"needs at least {LEAST_POSITIVES_OF_A_PART} churned and as many others among the {name}"
            return f"{wanted}, got {churned} and {stayed}"
    return None
