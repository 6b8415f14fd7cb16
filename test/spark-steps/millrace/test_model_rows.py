from datetime import date

import pytest

from millrace.model_rows import Count, check_features, number, reason_to_skip
from millrace.model_split import FOLDS, Split
from millrace.step import StepError

EARLY, LATE = date(2018, 10, 1), date(2018, 10, 11)
SPLIT = Split((EARLY,), (LATE,))


def counts(early, late, rows=100):
    return [
        Count(cutoff, fold, rows, positives)
        for cutoff, positives in ((EARLY, early), (LATE, late))
        for fold in range(FOLDS)
    ]


@pytest.mark.parametrize(
    ("given", "split", "reason"),
    [
        (counts(5, 5), SPLIT, None),
        (counts(3, 3), SPLIT, "needs at least 20 churned rows, got 18"),
        (counts(100, 97), SPLIT, "needs at least 20 rows that did not churn, got 9"),
        (counts(9, 1), SPLIT, "needs at least 5 churned and as many others among the test rows, got 3 and 297"),
        (
            counts(2, 9),
            SPLIT,
            "needs at least 5 churned and as many others among the training rows outside fold 1 of 3, got 4 and 196",
        ),
        (
            counts(9, 9),
            None,
            "needs cut-offs at least 10 days apart, to test on later ones, got 2018-10-01 to 2018-10-11",
        ),
        ([], None, "needs at least 20 churned rows, got 0"),
    ],
)
def test_says_in_words_why_there_is_nothing_to_learn_from(given, split, reason):
    assert reason_to_skip(given, split, 10) == reason


def test_a_nan_is_a_missing_value_like_a_null(spark):
    rows = spark.sql("SELECT * FROM VALUES (1, double('NaN')), (2, double(null)), (3, double(0)) AS t (id, x)")
    assert [row.x for row in rows.orderBy("id").select(number("x")).collect()] == [None, None, 0.0]


def test_fails_when_a_feature_is_no_number(spark):
    table = spark.sql("SELECT 1 AS songs, true AS paid, 'x' AS place")
    check_features(table, ["songs", "paid"])
    with pytest.raises(StepError, match="feature place must be a number or a boolean, got string"):
        check_features(table, ["songs", "place"])
