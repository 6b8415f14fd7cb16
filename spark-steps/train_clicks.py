"""Trains the model that scores clicks, tests it on later impressions, and says how good it is. See docs/clicks.md."""

import argparse
import hashlib
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from multiprocessing.pool import ThreadPool
from typing import Any

import pandas as pd
from pyspark import inheritable_thread_target
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from millrace import step
from millrace.click_baselines import fit_baselines
from millrace.click_fit import choose, train_terms
from millrace.click_model import ClickModel, TermWeights, probability_of, save_click_model
from millrace.click_report import SERVED, about, as_text, evaluation, priors, top_terms
from millrace.click_rows import LABEL, counts_of, labelled_impressions, reason_to_skip, split_hours
from millrace.click_terms import DAY_OF_WEEK, HOUR_OF_DAY, Term
from millrace.contract import Contract, read_contract

# Rows that one task goes through in a moment: with fewer, starting tasks is most of the work.
ROWS_PER_TASK = 100_000
# Fits at the same time: the one on the driver leaves Spark idle, whose fits leave cores idle between their tasks.
PARALLEL_FITS = 2
TRUTH_SCHEMA = "id string, probability double"


def predictions(
    train: DataFrame, later: DataFrame, features: Sequence[str], terms: tuple[Term, ...], seed: int
) -> pd.DataFrame:
    """What all models that learned from `train` say of later rows: a few numbers a row."""
    with ThreadPool(PARALLEL_FITS) as pool:
        fitting = pool.apply_async(inheritable_thread_target(fit_baselines), (train, features, seed))
        served = train_terms(train, terms).weights
        baselines = fitting.get()
    rate = train.agg(F.avg(LABEL)).first()[0]
    scored = later.withColumn(SERVED, probability_of(served)).withColumn("constant", F.lit(rate))
    names = ["id", "hour", LABEL, SERVED, "constant", *baselines.models]
    return baselines.predict(scored).select(*names).toPandas().sort_values(["hour", "id"], ignore_index=True)


def with_truth(tested: pd.DataFrame, spark: SparkSession, truth: str) -> pd.DataFrame:
    """Adds the true probabilities that the generator of impressions wrote down, where they cover every row."""
    known = spark.read.schema(TRUTH_SCHEMA).json(truth).dropDuplicates(["id"])
    wanted = spark.createDataFrame(tested[["id"]])
    covered = wanted.join(known, on="id").select("id", F.col("probability").alias("truth")).toPandas()
    if len(covered) < len(tested):
        step.progress(0, note=f"true probabilities left out: they cover {len(covered)} of {len(tested)} rows")
        return tested
    return tested.merge(covered, on="id")


def train(spark: SparkSession, args: argparse.Namespace, contract: Contract) -> dict[str, Any]:
    """Trains, tests and saves; returns the step's result."""
    columns = contract.columns_with_role("feature")
    # In the first run nothing is known yet of what became of live impressions.
    outcomes = spark.table(args.outcomes_table) if spark.catalog.tableExists(args.outcomes_table) else None
    unsorted = labelled_impressions(spark.table(args.impressions_table), outcomes, columns)
    counts = counts_of(unsorted)
    total, positives = sum(each.rows for each in counts), sum(each.positives for each in counts)
    split = split_hours(counts)
    reason = reason_to_skip(counts, split)
    if reason:
        return {"rowsIn": total, "rowsOut": 0, "skipped": reason}

    # In one order whatever the table's files are: trees draw their rows by place, and a seed is to give the same ones.
    tasks = max(1, min(spark.sparkContext.defaultParallelism, math.ceil(total / ROWS_PER_TASK)))
    rows = unsorted.repartition(tasks, "id").sortWithinPartitions("hour", "id").persist()
    step.progress(0, total=total, note=f"{total} impressions whose outcome is known, {positives} of them clicked")
    features = [*columns, HOUR_OF_DAY, DAY_OF_WEEK]
    earliest = rows.where(F.col("hour") < split.validation)
    later = rows.where((F.col("hour") >= split.validation) & (F.col("hour") < split.test))
    terms = choose(earliest, later, features)
    step.progress(0, note=f"{len(terms)} terms")
    chosen_by = predictions(earliest, later, features, terms, args.seed)
    step.progress(0, note="thresholds chosen")
    before, after = rows.where(F.col("hour") < split.test), rows.where(F.col("hour") >= split.test)
    tested = predictions(before, after, features, terms, args.seed)
    step.progress(0, note="models tested")
    if args.truth:
        chosen_by, tested = (with_truth(each, spark, args.truth) for each in (chosen_by, tested))
    report = evaluation(chosen_by, tested)
    # What serves learns from the tested rows as well.
    trained = train_terms(rows, terms)
    model = click_model(trained.weights, counts[-1].hour, report["threshold"], positives / total)
    about_model = {
        "version": model.version,
        "trainedAt": as_text(datetime.now(UTC)),
        "trainedUntil": model.trained_until,
        "train": about([each for each in counts if each.hour < split.test]),
        "test": about([each for each in counts if each.hour >= split.test]),
        **report,
        "priors": priors(trained),
        "topTerms": top_terms(rows, trained.weights),
    }
    save_click_model(spark, args.models, model, about_model)
    rows.unpersist()
    step.progress(total, total=total, note=f"model {model.version}")
    summary = {"name": SERVED, "version": model.version, "trainRows": total, "positives": positives}
    return {"rowsIn": total, "rowsOut": total, "model": {**summary, "metrics": report["models"][0]["metrics"]}}


def click_model(weights: TermWeights, until: datetime, threshold: float, rate: float) -> ClickModel:
    digest = hashlib.sha256(repr(weights.intercept).encode() + weights.indexes.tobytes() + weights.weights.tobytes())
    return ClickModel(
        version=f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{digest.hexdigest()[:6]}",
        trained_until=as_text(until),
        buckets=weights.buckets,
        terms=weights.terms,
        intercept=weights.intercept,
        indexes=weights.indexes,
        weights=weights.weights,
        threshold=threshold,
        base_rate=rate,
    )


def main(argv: Sequence[str] | None = None) -> None:
    args = parse_args(argv)
    spark = step.session("train_clicks")
    # Rows on their way to pandas by Arrow: one by one they take minutes.
    spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
    result = train(spark, args, read_contract(spark, args.contract))
    if "skipped" in result:
        step.progress(0, note=f"no model trained: {result['skipped']}")
    step.write_result(spark, args.result, result)


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--impressions-table", required=True)
    parser.add_argument(
        "--outcomes-table", required=True, help="what became of impressions, sent later; it need not be there"
    )
    parser.add_argument("--contract", required=True, help="contract of the impressions")
    parser.add_argument("--models", required=True, help="URI of the folder of click models")
    parser.add_argument(
        "--seed", type=int, required=True, help="of the trees that the model is held against; itself it draws nothing"
    )
    parser.add_argument("--truth", help="JSON lines with id and true probability of impressions, where they are known")
    parser.add_argument("--result", required=True)
    return parser.parse_args(argv)


if __name__ == "__main__":
    step.run(main)
