import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from millrace.click_prior import LEAST, design_of, fit, matrix_of, spreads

ROWS = 4_000
VALUES = 30


@pytest.fixture(scope="module")
def rows():
    """Three terms of 30 values each: the first moves the log-odds much, the second less, the third not at all."""
    dice = np.random.default_rng(5)
    values = dice.integers(0, VALUES, (ROWS, 3))
    effects = np.stack([dice.normal(0, spread, VALUES) for spread in (1.0, 0.5, 0)])
    margin = -1 + sum(effects[term][values[:, term]] for term in range(3))
    label = dice.binomial(1, 1 / (1 + np.exp(-margin)))
    return values + VALUES * np.arange(3), label


def test_each_term_gets_the_spread_that_its_weights_have(rows):
    buckets, label = rows
    strong, weak, none = spreads(design_of(buckets), label, 3)
    assert strong == pytest.approx(1.0, rel=0.35)
    assert weak == pytest.approx(0.5, rel=0.35)
    assert none < 0.15


def test_a_term_that_always_has_the_same_value_goes(rows):
    buckets, label = rows
    with_constant = np.column_stack([buckets, np.full(ROWS, 1_000)])
    assert spreads(design_of(with_constant), label, 4)[3] == LEAST


def test_with_one_spread_for_all_terms_it_is_the_usual_regularised_regression(rows):
    buckets, label = rows
    design = design_of(buckets)
    fitted = fit(design, label, np.full(len(design.buckets), 0.4))
    # Normally distributed weights of this deviation are scikit-learn's penalty with C as its square.
    usual = LogisticRegression(C=0.4**2, max_iter=2_000, tol=1e-8).fit(design.matrix, label)
    assert fitted.intercept == pytest.approx(usual.intercept_[0], abs=5e-3)
    assert fitted.weights == pytest.approx(usual.coef_[0], abs=5e-3)


def test_a_value_that_it_never_saw_says_nothing(rows):
    buckets, label = rows
    design = design_of(buckets)
    fitted = fit(design, label, np.full(len(design.buckets), 0.4))
    unknown = matrix_of(np.array([[-5, 500, 10_000]]), design.buckets)
    assert fitted.probability(unknown) == pytest.approx([1 / (1 + np.exp(-fitted.intercept))])


def test_values_that_meet_in_one_bucket_count_as_often_as_a_row_has_them(rows):
    design = design_of(np.array([[3, 3], [3, 4], [5, 3]]))
    assert design.buckets.tolist() == [3, 4, 5]
    assert design.matrix.toarray().tolist() == [[2, 0, 0], [1, 1, 0], [1, 0, 1]]
    # Bucket 3 is as often of the one term as of the other: the first has it.
    assert design.term_of.tolist() == [0, 1, 0]
