"""Trains the churn model, tests it on other listeners at later cut-offs, and says how good it is. See docs/model.md."""

import argparse
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import reduce
from multiprocessing.pool import ThreadPool
from typing import Any

import pandas as pd
from pyspark import inheritable_thread_target
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from millrace import step
from millrace.contract import Contract, read_contract
from millrace.model_fit import booster_json, fit_all, fit_xgboost, mean_contributions, medians, workers_for
from millrace.model_report import evaluation, importances
from millrace.model_rows import KEY, counts_of, feature_names, labelled_rows, reason_to_skip
from millrace.model_split import FOLDS, Split, split_cutoffs
from millrace.model_store import ServingModel, save_model

LABEL = "churned"
# Models that train at the same time: each leaves cores idle while it starts workers and waits for them.
PARALLEL_FITS = 2
TRUTH_SCHEMA = "userId string, cutoff date, horizonDays int, probability double"


def out_of_fold(rows: DataFrame, features: Sequence[str], split: Split, workers: int, seed: int) -> DataFrame:
    """Churn probabilities for every row of the split's cut-offs, by models that never saw the row's listener.

    They learned from the training cut-offs only, so to the test rows they are strangers in time as well.
    """

    def predicted(fold: int) -> DataFrame:
        others = rows.where(F.col("cutoff").isin(*split.train_cutoffs) & (F.col("fold") != fold))
        wanted = rows.where(F.col("cutoff").isin(*split.train_cutoffs, *split.test_cutoffs) & (F.col("fold") == fold))
        fitted = fit_all(others, features, LABEL, workers, seed)
        step.progress(0, note=f"tested models trained without fold {fold + 1} of {FOLDS}")
        return fitted.predict(wanted, [*KEY, LABEL])

    with ThreadPool(PARALLEL_FITS) as pool:
        parts = pool.map(inheritable_thread_target(predicted), range(FOLDS))
    return reduce(DataFrame.unionByName, parts)


def with_truth(predictions: DataFrame, truth: str, horizon_days: int) -> DataFrame:
    """Adds the true probabilities that the generator of synthetic events wrote down; null where it has none."""
    known = predictions.sparkSession.read.schema(TRUTH_SCHEMA).json(truth).where(F.col("horizonDays") == horizon_days)
    columns = known.select(F.col("userId").alias("user_id"), "cutoff", F.col("probability").alias("truth"))
    return predictions.join(F.broadcast(columns.dropDuplicates([*KEY])), [*KEY], "left")


def collected(predictions: DataFrame) -> pd.DataFrame:
    """The predictions on the driver: a few numbers a row. A truth that does not cover every row is left out."""
    pandas = predictions.toPandas().sort_values([*KEY], ignore_index=True)
    if "truth" in pandas and pandas.truth.isna().any():
        covered = int(pandas.truth.notna().sum())
        step.progress(0, note=f"true probabilities left out: they cover {covered} of {len(pandas)} rows")
        return pandas.drop(columns="truth")
    return pandas


def train(spark: SparkSession, args: argparse.Namespace, contract: Contract) -> dict[str, Any]:
    """Trains, tests and saves; returns the step's result."""
    table = spark.table(args.features_table)
    features = feature_names(table, contract)
    unsorted = labelled_rows(table, features, LABEL, args.seed)
    counts = counts_of(unsorted, LABEL)
    split = split_cutoffs([each.cutoff for each in counts], args.horizon_days)
    total, positives = sum(each.rows for each in counts), sum(each.positives for each in counts)
    reason = reason_to_skip(counts, split, args.horizon_days)
    if reason:
        return {"rowsIn": total, "rowsOut": 0, "skipped": reason}

    workers = workers_for(spark, total)
    # In one order whatever the table's files are: the same rows and seed give the same model.
    rows = unsorted.repartition(workers, "user_id").sortWithinPartitions(*KEY).persist()
    step.progress(0, total=total, note=f"{total} rows, {positives} of them churned, {len(features)} features")
    with ThreadPool(1) as pool:
        # The model that serves learns from all rows, so it need not wait for the tests.
        fitting = pool.apply_async(inheritable_thread_target(fit_xgboost), (rows, features, LABEL, workers, args.seed))
        predictions = out_of_fold(rows, features, split, workers, args.seed)
        if args.truth:
            predictions = with_truth(predictions, args.truth, args.horizon_days)
        report = evaluation(collected(predictions), split, LABEL)
        model = fitting.get()
    booster = booster_json(model, features)
    now = datetime.now(UTC)
    version = f"{now:%Y%m%dT%H%M%SZ}-{hashlib.sha256(booster.encode()).hexdigest()[:6]}"
    typical = medians(rows, features)
    serving = ServingModel(
        version, args.horizon_days, report["threshold"], tuple(features), tuple(typical.values()), booster
    )
    about = {
        "version": version,
        "trainedAt": now.isoformat(timespec="seconds"),
        "horizonDays": args.horizon_days,
        "features": features,
        **report,
        "importances": importances(features, mean_contributions(model, rows, features), contract),
    }
    save_model(spark, args.models, serving, about)
    step.progress(total, total=total, note=f"model {version}")
    served = report["models"][0]
    summary = {"name": served["name"], "version": version, "trainRows": total, "positives": positives}
    return {"rowsIn": total, "rowsOut": total, "model": {**summary, "metrics": served["metrics"]}}


def main(argv: Sequence[str] | None = None) -> None:
    args = parse_args(argv)
    spark = step.session("train")
    result = train(spark, args, read_contract(spark, args.contract))
    if "skipped" in result:
        step.progress(0, note=f"no model trained: {result['skipped']}")
    step.write_result(spark, args.result, result)


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features-table", required=True)
    parser.add_argument("--contract", required=True, help="contract of the features table")
    parser.add_argument("--models", required=True, help="URI of the folder of trained models")
    parser.add_argument(
        "--horizon-days", type=int, required=True, help="days after a cut-off that its label looks ahead"
    )
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--truth", help="JSON lines with the true probability of each listener, where it is known")
    parser.add_argument("--result", required=True)
    return parser.parse_args(argv)


if __name__ == "__main__":
    step.run(main)
