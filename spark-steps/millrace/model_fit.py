"""The models: XGBoost, which serves, and Spark's random forest and logistic regression to hold it against."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.ml import Model
from pyspark.ml.classification import LogisticRegression, RandomForestClassifier
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from xgboost.spark import SparkXGBClassifier, SparkXGBClassifierModel

# Few listeners leave: trees are shallow, steps small, and each split sees some of the features and half of the rows, so
# that no single one decides (docs/model.md, "Settings"). Rows are not weighted and classes not balanced: probabilities
# are to be believed, not only ranked.
XGBOOST = {
    "n_estimators": 200,
    "learning_rate": 0.02,
    "max_depth": 2,
    "min_child_weight": 3.0,
    "subsample": 0.5,
    "colsample_bynode": 0.15,
    "reg_lambda": 5.0,
    "tree_method": "hist",
}
RANDOM_FOREST = {"numTrees": 100, "maxDepth": 6, "minInstancesPerNode": 5}
# Standardises the features itself.
LOGISTIC_REGRESSION = {"regParam": 0.05, "maxIter": 50}
# Rows that one worker takes in a second or two; below it, workers that talk to each other only cost time.
ROWS_PER_WORKER = 100_000


def workers_for(spark: SparkSession, count: int) -> int:
    """How many tasks train XGBoost together: all of them must run at once, so never more than there are slots."""
    return max(1, min(spark.sparkContext.defaultParallelism, math.ceil(count / ROWS_PER_WORKER)))


@dataclass(frozen=True)
class Fitted:
    """The three models, trained on the same rows, with what stands in for missing values."""

    features: tuple[str, ...]
    medians: Mapping[str, float | None]
    models: Mapping[str, Model]

    def predict(self, rows: DataFrame, kept: Sequence[str]) -> DataFrame:
        """The `kept` columns, and a column with the churn probability of each model, under the model's name."""
        predicted = with_vector(rows, self.features, self.medians)
        for model in self.models.values():
            predicted = model.transform(predicted)
        return predicted.select(*kept, *[_probability_of(name) for name in self.models])


def fit_all(rows: DataFrame, features: Sequence[str], label: str, workers: int, seed: int) -> Fitted:
    """Trains all three on `rows`, which must have as many partitions as there are `workers`."""
    filling = medians(rows, features)
    vectors = with_vector(rows, features, filling).select(label, "vector")
    columns = {"featuresCol": "vector", "labelCol": label}
    forest = RandomForestClassifier(**columns, **_outputs("random-forest"), **RANDOM_FOREST, seed=seed)
    regression = LogisticRegression(**columns, **_outputs("logistic-regression"), **LOGISTIC_REGRESSION)
    models = {
        "xgboost": fit_xgboost(rows, features, label, workers, seed),
        "random-forest": forest.fit(vectors),
        "logistic-regression": regression.fit(vectors),
    }
    return Fitted(tuple(features), filling, models)


def fit_xgboost(
    rows: DataFrame, features: Sequence[str], label: str, workers: int, seed: int
) -> SparkXGBClassifierModel:
    """Missing values go down the branch that suits them best. The same rows in the same order give the same model."""
    logging.getLogger("XGBoost-PySpark").setLevel(logging.WARNING)
    estimator = SparkXGBClassifier(
        features_col=list(features),
        label_col=label,
        probability_col="xgboost_probability",
        raw_prediction_col="xgboost_raw",
        prediction_col="xgboost_prediction",
        num_workers=workers,
        random_state=seed,
        verbose=False,
        verbosity=0,
        **XGBOOST,
    )
    return estimator.fit(rows)


def booster_json(model: SparkXGBClassifierModel, features: Sequence[str]) -> str:
    """The model in XGBoost's own JSON, which any XGBoost reads; it holds the features' names."""
    booster = model.get_booster()
    booster.feature_names = list(features)
    return bytes(booster.save_raw("json")).decode("utf-8")


def mean_contributions(model: SparkXGBClassifierModel, rows: DataFrame, features: Sequence[str]) -> list[float]:
    """How much each feature moves the log-odds on average: the mean of its absolute SHAP values over `rows`."""
    explaining = model.copy({model.pred_contrib_col: "contributions"})
    # An array for each output of the model, which has one.
    parts = F.col("contributions")[0]
    means = explaining.transform(rows).agg(*[F.avg(F.abs(parts[index])) for index in range(len(features))]).first()
    return list(means)


def medians(rows: DataFrame, features: Sequence[str]) -> dict[str, float | None]:
    """The median of each feature; None for one that has no value at all."""
    found = rows.agg(*[F.percentile_approx(name, 0.5).alias(name) for name in features]).first()
    return {name: found[name] for name in features}


def with_vector(rows: DataFrame, features: Sequence[str], filling: Mapping[str, float | None]) -> DataFrame:
    """Adds the features as the vector that Spark's models take; they take no missing value, so it gets the median."""
    filled = [F.coalesce(F.col(name), F.lit(filling[name] or 0.0)) for name in features]
    return rows.withColumn("vector", array_to_vector(F.array(*filled)))


def _probability_of(model: str) -> Column:
    return vector_to_array(F.col(f"{model}_probability"))[1].cast("double").alias(model)


def _outputs(model: str) -> dict[str, str]:
    """Output columns under the model's name, so that one table can hold the predictions of all."""
    names = {"probabilityCol": "probability", "rawPredictionCol": "raw", "predictionCol": "prediction"}
    return {parameter: f"{model}_{name}" for parameter, name in names.items()}
