"""Holds the model that scores clicks against scikit-learn's hashed logistic regression, and against the truth.

npm run bench:click-model [-- IMPRESSIONS.csv.gz]   (as the published sample, without a header: see COLUMNS)

Published impressions: the first 12,000 rows teach, the 4,000 after them test, of all models alike; in the order of the
file, which is not quite that of time, and in order of time. Generated ones: how much of what their true probabilities
have over the share clicked the model gets, on the latest quarter. The exit code is 1 where ours is behind in ROC AUC or
log-loss, or gets less than 0.9.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from millrace import step
from millrace.click_fit import BUCKETS, choose, train_terms
from millrace.click_model import probability_of
from millrace.click_rows import LABEL, counts_of, split_hours
from millrace.click_terms import DAY_OF_WEEK, HOUR_OF_DAY

REPOSITORY = Path(__file__).resolve().parents[2]
PUBLISHED = REPOSITORY.parent / "shared" / "data" / "avazu" / "clicks-16000.csv.gz"
COLUMNS = [
    *("row", "id", "click", "hour", "c1", "banner_pos", "site_id", "site_domain", "site_category", "app_id"),
    *("app_domain", "app_category", "device_id", "device_ip", "device_model", "device_type", "device_conn_type"),
    *("c14", "c15", "c16", "c17", "c18", "c19", "c20", "c21"),
]
FEATURES = [name for name in COLUMNS if name not in ("row", "id", "click", "hour")]
TRAIN, TEST = 12_000, 4_000
STRENGTHS = (0.1, 0.3)
GENERATED = 100_000
LEAST_SHARE_OF_TRUTH = 0.9


def main() -> None:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else PUBLISHED
    if not file.exists():
        sys.exit(f"error: impressions must be a file, got {file}, where there is none")
    spark = session()
    with tempfile.TemporaryDirectory() as folder:
        rows = published(file)
        orders = {"the file": rows, "time": rows.sort_values("hour", kind="stable", ignore_index=True)}
        passed = [ahead(spark, f"in order of {name}", each, Path(folder)) for name, each in orders.items()]
        passed.append(generated(spark, Path(folder)))
    spark.stop()
    sys.exit(0 if all(passed) else 1)


def published(file: Path) -> pd.DataFrame:
    rows = pd.read_csv(file, names=COLUMNS, nrows=TRAIN + TEST, dtype={"id": str}, keep_default_na=False)
    rows["hour"] = pd.to_datetime(rows.hour, format="mixed", utc=True)
    return rows


def ahead(spark: SparkSession, order: str, rows: pd.DataFrame, folder: Path) -> bool:
    print(f"Published impressions, {order}")
    actual = rows[LABEL].to_numpy()[TRAIN:]
    theirs = [
        measured(f"scikit-learn, C = {strength}{more}", actual, lambda c=strength, n=names: scikit_learn(rows, c, n))
        for names, more in ((FEATURES, ""), ([*FEATURES, HOUR_OF_DAY, DAY_OF_WEEK], ", hour parts"))
        for strength in STRENGTHS
    ]
    ours = measured("Millrace", actual, lambda: millrace(spark, rows[:TRAIN], rows[TRAIN:], folder))
    table([constant(rows[LABEL][:TRAIN], actual), *theirs, ours])
    auc = ours["ROC AUC"] - max(each["ROC AUC"] for each in theirs)
    loss = ours["log-loss"] - min(each["log-loss"] for each in theirs)
    print(f"Millrace against the best of scikit-learn's: ROC AUC {auc:+.4f}, log-loss {loss:+.4f}\n", flush=True)
    return auc >= 0 and loss <= 0


def generated(spark: SparkSession, folder: Path) -> bool:
    impressions, truth = folder / "impressions.csv", folder / "truth.jsonl"
    print(f"{GENERATED} generated impressions")
    files = ["--impressions", impressions, "--impressions-truth", truth]
    subprocess.run(["node", "bin/launch.mjs", "generate", *files, "--rows", str(GENERATED)], cwd=REPOSITORY, check=True)
    rows = pd.read_csv(impressions, dtype={"id": str}, keep_default_na=False).rename(columns=str.lower)
    rows["hour"] = pd.to_datetime(rows.hour, format="%y%m%d%H", utc=True)
    probability = pd.read_json(truth, lines=True, dtype={"id": str}).set_index("id").probability
    test_from = pd.Timestamp(split_hours(counts_of(in_spark(spark, rows, folder / "all.parquet"))).test, tz="UTC")
    train, test = rows[rows.hour < test_from], rows[rows.hour >= test_from]
    actual = test[LABEL].to_numpy()
    share_clicked = constant(train[LABEL], actual)
    ours = measured("Millrace", actual, lambda: millrace(spark, train, test, folder))
    true = measured("true probability", actual, lambda: probability[test.id].to_numpy())
    table([share_clicked, ours, true])
    share = (share_clicked["log-loss"] - ours["log-loss"]) / (share_clicked["log-loss"] - true["log-loss"])
    print(f"Of the truth's lift Millrace has {share:.4f}, and is to have {LEAST_SHARE_OF_TRUTH}")
    return share >= LEAST_SHARE_OF_TRUTH


def table(results: list[dict[str, object]]) -> None:
    print(pd.DataFrame(results).to_string(index=False, float_format="%.4f"), flush=True)


def constant(learned: pd.Series, actual: np.ndarray) -> dict[str, object]:
    return measured("share clicked, for all", actual, lambda: np.full(len(actual), learned.mean()))


def measured(name: str, actual: np.ndarray, predict: Callable[[], np.ndarray]) -> dict[str, object]:
    start = time.perf_counter()
    probability = predict()
    seconds = time.perf_counter() - start
    loss = log_loss(actual, probability)
    share = actual.mean()
    entropy = -(share * np.log(share) + (1 - share) * np.log(1 - share))
    return {
        "model": name,
        "ROC AUC": roc_auc_score(actual, probability),
        "log-loss": loss,
        "normalised entropy": loss / entropy,
        "predicted/observed": probability.mean() / share,
        "seconds": seconds,
    }


def scikit_learn(rows: pd.DataFrame, strength: float, names: list[str]) -> np.ndarray:
    columns = rows.assign(**{HOUR_OF_DAY: rows.hour.dt.hour, DAY_OF_WEEK: rows.hour.dt.dayofweek})[names].astype(str)
    texts = ([f"{name}={value}" for name, value in zip(names, row, strict=True)] for row in columns.to_numpy())
    hashed = FeatureHasher(BUCKETS, input_type="string").transform(texts)
    model = LogisticRegression(C=strength, max_iter=2_000).fit(hashed[:TRAIN], rows[LABEL][:TRAIN])
    return model.predict_proba(hashed[TRAIN:])[:, 1]


def millrace(spark: SparkSession, train: pd.DataFrame, test: pd.DataFrame, folder: Path) -> np.ndarray:
    """What `train_clicks.py` does: chooses the terms by the latest of the training rows, then learns from all."""
    rows = in_spark(spark, train, folder / "train.parquet").persist()
    split = split_hours(counts_of(rows))
    earlier, later = rows.where(F.col("hour") < split.test), rows.where(F.col("hour") >= split.test)
    weights = train_terms(rows, choose(earlier, later, [*FEATURES, HOUR_OF_DAY, DAY_OF_WEEK])).weights
    rows.unpersist()
    tested = in_spark(spark, test.assign(place=range(len(test))), folder / "test.parquet")
    scored = tested.withColumn("probability", probability_of(weights)).select("place", "probability").toPandas()
    return scored.sort_values("place").probability.to_numpy()


def in_spark(spark: SparkSession, rows: pd.DataFrame, file: Path) -> DataFrame:
    rows.to_parquet(file, coerce_timestamps="us")
    return spark.read.parquet(str(file))


def session() -> SparkSession:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {"spark.master": "local[2]", "spark.ui.enabled": "false", "spark.log.level": "ERROR"}
    settings |= {"spark.driver.memory": "2g", "spark.sql.shuffle.partitions": "2", "spark.driver.host": "127.0.0.1"}
    settings["spark.sql.execution.arrow.pyspark.enabled"] = "true"
    builder = SparkSession.builder
    for name, value in settings.items():
        builder = builder.config(name, value)
    builder.getOrCreate()
    return step.session("bench")


if __name__ == "__main__":
    main()
