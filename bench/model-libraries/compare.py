"""Compares the gradient-boosting libraries that run on Spark: the same rows, folds, trees and depth for each.

npm run bench:model-libraries [-- FEATURES.parquet]   (a row a user, a 0/1 column `churn`, `userId`)
"""

import json
import logging
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pyspark.ml import Estimator
from pyspark.ml.classification import GBTClassifier, LogisticRegression, RandomForestClassifier
from pyspark.ml.feature import Imputer, VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score
from xgboost.spark import SparkXGBClassifier

FOLDS = 3
TREES, DEPTH, LEARNING_RATE, SEED = 100, 4, 0.1, 7

# A user's history ends where they cancel, so how long it lasted tells the label (ROC AUC 0.82 by itself), and these
# counts contain the cancellation pages. A model that reads them looks good and predicts nothing.
LEAKS = {
    "tenure_days",
    "count_items",
    "GET_200_count",
    "non_song_interaction_count",
    "interaction_rate",
    "non_song_interaction_rate",
}


def libraries() -> dict[str, Estimator]:
    from synapse.ml.lightgbm import LightGBMClassifier

    columns = {"featuresCol": "features", "labelCol": "churn"}
    return {
        "xgboost": SparkXGBClassifier(
            features_col="features",
            label_col="churn",
            n_estimators=TREES,
            max_depth=DEPTH,
            learning_rate=LEARNING_RATE,
            random_state=SEED,
            num_workers=2,
        ),
        "synapseml-lightgbm": LightGBMClassifier(
            **columns,
            numIterations=TREES,
            maxDepth=DEPTH,
            numLeaves=2**DEPTH,
            learningRate=LEARNING_RATE,
            seed=SEED,
            useBarrierExecutionMode=True,
            verbosity=-1,
        ),
        "spark-gbt": GBTClassifier(**columns, maxIter=TREES, maxDepth=DEPTH, stepSize=LEARNING_RATE, seed=SEED),
        "spark-random-forest": RandomForestClassifier(**columns, numTrees=TREES, maxDepth=8, seed=SEED),
        "spark-logistic-regression": LogisticRegression(**columns, maxIter=50, regParam=0.01),
    }


def folded(users: DataFrame) -> DataFrame:
    """The rows with their fold and assembled features; Spark's own models take no missing value, so all get medians."""
    names = [name for name, kind in users.dtypes if kind != "string" and name not in {*LEAKS, "churn"}]
    doubles = users.select("userId", "churn", *[F.col(name).cast("double").alias(name) for name in names])
    filled = Imputer(strategy="median", inputCols=names, outputCols=names).fit(doubles).transform(doubles)
    rows = VectorAssembler(inputCols=names, outputCol="features").transform(filled)
    fold = F.pmod(F.xxhash64("userId"), F.lit(FOLDS)).alias("fold")
    return rows.select("userId", F.col("churn").cast("int").alias("churn"), fold, "features").repartition(2, "userId")


def measured(make: Callable[[], Estimator], rows: DataFrame) -> dict:
    results = []
    for fold in range(FOLDS):
        started = time.monotonic()
        model = make().fit(rows.where(F.col("fold") != fold))
        seconds = time.monotonic() - started
        probability = vector_to_array("probability")[1].alias("p")
        scored = model.transform(rows.where(F.col("fold") == fold)).select("churn", probability).toPandas()
        actual, predicted = scored.churn, scored.p
        results.append(
            {
                "averagePrecision": average_precision_score(actual, predicted),
                "rocAuc": roc_auc_score(actual, predicted),
                "logLoss": log_loss(actual, predicted),
                "seconds": seconds,
            }
        )
    means = {key: round(statistics.mean(each[key] for each in results), 4) for key in results[0]}
    spread = {
        f"{key}Range": round(max(e[key] for e in results) - min(e[key] for e in results), 4) for key in results[0]
    }
    return {**means, **spread, "firstSeconds": round(results[0]["seconds"], 1)}


def main(argv: list[str]) -> None:
    logging.disable(logging.INFO)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    repository = Path(__file__).resolve().parents[2]
    source = argv[0] if argv else str(repository.parent / "shared/data/sparkify/user-features-15438.parquet")
    jars = [str(jar) for jar in sorted((repository / ".jars/model-libraries").glob("*.jar"))]
    spark = (
        SparkSession.builder.master("local[2]")
        .appName("model-libraries")
        .config("spark.jars", ",".join(jars))
        .config("spark.submit.pyFiles", ",".join(jar for jar in jars if "synapseml" in jar))
        .config("spark.driver.memory", "3g")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    rows = folded(spark.read.parquet(source)).cache()
    print(json.dumps({"rows": rows.count(), "churned": rows.where("churn = 1").count(), "folds": FOLDS}), flush=True)
    for name in libraries():
        print(json.dumps({"model": name, **measured(lambda name=name: libraries()[name], rows)}), flush=True)
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
