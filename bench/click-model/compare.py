"""Holds the model that scores clicks against scikit-learn's hashed logistic regression, trained and tested alike.

npm run bench:click-model [-- IMPRESSIONS.csv.gz]   (rows in order of time, as the published sample: see COLUMNS)

The first 12,000 rows teach, the 4,000 after them test. The exit code is 1 where ours is behind in ROC AUC or log-loss.
"""

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

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "data" / "avazu" / "clicks-16000.csv.gz"
COLUMNS = [
    *("row", "id", "click", "hour", "c1", "banner_pos", "site_id", "site_domain", "site_category", "app_id"),
    *("app_domain", "app_category", "device_id", "device_ip", "device_model", "device_type", "device_conn_type"),
    *("c14", "c15", "c16", "c17", "c18", "c19", "c20", "c21"),
]
FEATURES = [name for name in COLUMNS if name not in ("row", "id", "click", "hour")]
TRAIN, TEST = 12_000, 4_000
STRENGTHS = (0.1, 0.3)


def main() -> None:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else PUBLISHED
    if not file.exists():
        sys.exit(f"error: impressions must be a file, got {file}, where there is none")
    rows = pd.read_csv(file, names=COLUMNS, nrows=TRAIN + TEST, dtype={"id": str}, keep_default_na=False)
    rows["hour"] = pd.to_datetime(rows.hour, format="mixed", utc=True)
    actual = rows[LABEL].to_numpy()[TRAIN:]
    rate = np.full(TEST, rows[LABEL][:TRAIN].mean())
    results = [measured("share clicked, for all", actual, lambda: rate)]
    theirs = [
        measured(
            f"scikit-learn, C = {strength}{with_hours}", actual, lambda s=strength, n=names: scikit_learn(rows, s, n)
        )
        for names, with_hours in ((FEATURES, ""), ([*FEATURES, HOUR_OF_DAY, DAY_OF_WEEK], ", hour parts"))
        for strength in STRENGTHS
    ]
    ours = measured("Millrace", actual, lambda: millrace(rows))
    print(pd.DataFrame([*results, *theirs, ours]).to_string(index=False, float_format="%.4f"))
    auc = ours["ROC AUC"] - max(each["ROC AUC"] for each in theirs)
    loss = ours["log-loss"] - min(each["log-loss"] for each in theirs)
    print(f"Millrace against the better of scikit-learn's: ROC AUC {auc:+.4f}, log-loss {loss:+.4f}")
    sys.exit(0 if auc >= 0 and loss <= 0 else 1)


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


def millrace(rows: pd.DataFrame) -> np.ndarray:
    spark = session()
    everything = in_spark(spark, rows.assign(place=range(len(rows)))).persist()
    train = everything.where(F.col("place") < TRAIN)
    split = split_hours(counts_of(train))
    earlier, later = train.where(F.col("hour") < split.test), train.where(F.col("hour") >= split.test)
    weights = train_terms(train, choose(earlier, later, [*FEATURES, HOUR_OF_DAY, DAY_OF_WEEK])).weights
    tested = everything.where(F.col("place") >= TRAIN).withColumn("probability", probability_of(weights))
    return np.array([row.probability for row in tested.orderBy("place").select("probability").collect()])


def in_spark(spark: SparkSession, rows: pd.DataFrame) -> DataFrame:
    file = Path(tempfile.mkdtemp()) / "impressions.parquet"
    rows.to_parquet(file, coerce_timestamps="us")
    return spark.read.parquet(str(file)).coalesce(1)


def session() -> SparkSession:
    settings = {"spark.master": "local[2]", "spark.ui.enabled": "false", "spark.log.level": "ERROR"}
    settings |= {"spark.driver.memory": "2g", "spark.sql.shuffle.partitions": "2", "spark.driver.host": "127.0.0.1"}
    builder = SparkSession.builder
    for name, value in settings.items():
        builder = builder.config(name, value)
    builder.getOrCreate()
    return step.session("bench")


if __name__ == "__main__":
    main()
