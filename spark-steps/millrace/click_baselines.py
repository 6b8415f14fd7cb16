"""The usual three models of clicks, to hold the one that serves against: regression, a tree and a forest, by Spark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.ml import Model
from pyspark.ml.classification import DecisionTreeClassifier, LogisticRegression, RandomForestClassifier
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from millrace.click_fit import BUCKETS, with_terms
from millrace.click_rows import LABEL
from millrace.click_terms import bucket_of, buckets_of

# One strength for all terms: scikit-learn's C.
INVERSE_STRENGTH = 0.1
# Trees ask which categories of a column go left, so that no column may have many: its values are hashed into so many.
CATEGORIES = 64
LOGISTIC_REGRESSION = {"maxIter": 100, "tol": 1e-5}
DECISION_TREE = {"maxDepth": 5, "minInstancesPerNode": 20}
RANDOM_FOREST = {"numTrees": 30, "maxDepth": 6, "minInstancesPerNode": 10}


@dataclass(frozen=True)
class Baselines:
    features: tuple[str, ...]
    # Buckets that the regression has a weight for.
    known: tuple[int, ...]
    models: Mapping[str, Model]

    def predict(self, rows: DataFrame) -> DataFrame:
        """Adds a column with the probability of each model, under the model's name."""
        predicted = _with_vectors(rows, self.features, self.known)
        for model in self.models.values():
            predicted = model.transform(predicted)
        return predicted.select(*rows.columns, *[_probability_of(name) for name in self.models])


def fit_baselines(rows: DataFrame, features: Sequence[str], seed: int) -> Baselines:
    buckets = rows.select(F.explode(buckets_of([(name,) for name in features], BUCKETS))).distinct().collect()
    known = tuple(sorted(bucket for (bucket,) in buckets))
    vectors = _with_vectors(rows, features, known).select(LABEL, "terms", "categories").persist()
    regression = LogisticRegression(
        featuresCol="terms",
        **_columns("logistic-regression"),
        regParam=1 / (INVERSE_STRENGTH * vectors.count()),
        standardization=False,
        **LOGISTIC_REGRESSION,
    )
    trees = {"featuresCol": "categories", "maxBins": CATEGORIES, "seed": seed}
    tree = DecisionTreeClassifier(**trees, **_columns("decision-tree"), **DECISION_TREE)
    forest = RandomForestClassifier(**trees, **_columns("random-forest"), **RANDOM_FOREST)
    try:
        models = {
            "logistic-regression": regression.fit(vectors),
            "decision-tree": tree.fit(vectors),
            "random-forest": forest.fit(vectors),
        }
    finally:
        vectors.unpersist()
    return Baselines(tuple(features), known, models)


def _with_vectors(rows: DataFrame, features: Sequence[str], known: Sequence[int]) -> DataFrame:
    terms = [(name,) for name in features]
    # Tells the trees that these numbers have no order.
    kinds = [{"idx": at, "name": name, "num_vals": CATEGORIES} for at, name in enumerate(features)]
    nominal = {"ml_attr": {"attrs": {"nominal": kinds}, "num_attrs": len(kinds)}}
    categories = array_to_vector(F.array(*[bucket_of(term, CATEGORIES).cast("double") for term in terms]))
    return with_terms(rows, terms, known).withColumn("categories", categories.alias("categories", metadata=nominal))


def _probability_of(model: str) -> Column:
    return vector_to_array(F.col(f"{model}_probability"))[1].alias(model)


def _columns(model: str) -> dict[str, str]:
    """Columns under the model's name, so that one table can hold the predictions of all."""
    names = {"probabilityCol": "probability", "rawPredictionCol": "raw", "predictionCol": "prediction"}
    return {"labelCol": LABEL} | {parameter: f"{model}_{name}" for parameter, name in names.items()}
