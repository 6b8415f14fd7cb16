"""Trains the model that scores clicks: logistic regression over hashed terms, each with a prior of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyspark.ml.feature import CountVectorizerModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from sklearn.metrics import log_loss
from threadpoolctl import threadpool_limits

from millrace.click_model import TermWeights
from millrace.click_prior import design_of, fit, matrix_of, spreads
from millrace.click_rows import LABEL
from millrace.click_terms import Term, bucket_of, buckets_of

BUCKETS = 2**16
# Rows that a model learns from, the latest ones: on the driver, where they take some 200 MB. Spark's own regression
# had not converged after 200 steps on the published rows, and its log-loss on later ones was worse by 0.005.
MOST_ROWS = 200_000
# Threads of the linear algebra: for vectors so short, more wait for each other than work.
MOST_THREADS = 1
# Where an advertisement is shown says most; what it is and who sees it matters more in one place than in another. Of
# sites and apps there are too many for their rows to tell much of pairs, of their categories there are few.
PLACES = ("site_id", "app_id", "site_category", "app_category")
CROSSED_WITH = ("banner_pos", "device_type", "device_conn_type", "c15", "c17", "c21")


@dataclass(frozen=True)
class Trained:
    weights: TermWeights
    # Standard deviation of the weights of each term, in their order.
    spreads: tuple[float, ...]


def term_sets(features: Sequence[str]) -> list[tuple[Term, ...]]:
    """Each column alone, and with places crossed as well: what is better depends on how many rows there are."""
    alone = tuple((name,) for name in features)
    pairs = [(place, other) for place in PLACES for other in CROSSED_WITH if {place, other} <= set(features)]
    return [alone, (*alone, *pairs)] if pairs else [alone]


def choose(train: DataFrame, later: DataFrame, features: Sequence[str]) -> tuple[Term, ...]:
    """The terms whose model, learned from `train`, predicts `later` rows best."""
    return min(term_sets(features), key=lambda terms: _loss(train, later, terms))


def train_terms(rows: DataFrame, terms: tuple[Term, ...]) -> Trained:
    """Weights of the terms, and their priors. The same rows give the same each time."""
    buckets, label = _sample(rows, terms)
    with threadpool_limits(MOST_THREADS):
        design = design_of(buckets)
        found = spreads(design, label, len(terms))
        fitted = fit(design, label, found[design.term_of])
    learned = TermWeights(BUCKETS, terms, fitted.intercept, design.buckets.astype(np.int64), fitted.weights)
    return Trained(learned, tuple(found.tolist()))


def with_terms(rows: DataFrame, terms: Sequence[Term], known: Sequence[int]) -> DataFrame:
    """Adds `terms`: the buckets of each row as a sparse vector that counts those known, in their order."""
    # Buckets are a vocabulary of words to Spark, so that it makes the vectors without Python.
    texts = rows.withColumn("texts", buckets_of(terms, BUCKETS).cast("array<string>"))
    counting = CountVectorizerModel.from_vocabulary([str(bucket) for bucket in known], "texts", "terms")
    return counting.transform(texts).drop("texts")


def _loss(train: DataFrame, later: DataFrame, terms: tuple[Term, ...]) -> float:
    buckets, label = _sample(train, terms)
    later_buckets, later_label = _sample(later, terms)
    with threadpool_limits(MOST_THREADS):
        design = design_of(buckets)
        fitted = fit(design, label, spreads(design, label, len(terms))[design.term_of])
        probability = fitted.probability(matrix_of(later_buckets, design.buckets))
    return float(log_loss(later_label, probability, labels=[0, 1]))


def _sample(rows: DataFrame, terms: Sequence[Term]) -> tuple[np.ndarray, np.ndarray]:
    """Buckets and labels of the latest rows, in one order."""
    columns = [bucket_of(term, BUCKETS).alias(f"term_{at}") for at, term in enumerate(terms)]
    latest = rows.orderBy(F.desc("hour"), "id").limit(MOST_ROWS)
    collected = latest.select(F.col(LABEL), *columns).toPandas()
    return collected.drop(columns=LABEL).to_numpy(), collected[LABEL].to_numpy()
