from datetime import date, timedelta

import pytest

from millrace.model_split import FOLDS, Split, fold_of, split_cutoffs


def days(*numbers):
    return tuple(date(2018, 10, 1) + timedelta(days=number) for number in numbers)


@pytest.mark.parametrize(
    ("cutoffs", "horizon", "expected"),
    [
        # The last third is tested; day 25 is left out, because its horizon reaches over day 30.
        (days(*range(0, 45, 5)), 10, Split(days(0, 5, 10, 15, 20), days(30, 35, 40))),
        # A horizon that ends with the first test cut-off's midnight reads nothing after it.
        (days(0, 10, 20), 10, Split(days(0, 10), days(20))),
        (days(0, 10, 20), 11, Split(days(0), days(20))),
        # A third would leave none to train on, so fewer are tested.
        (days(0, 5, 10, 15, 20, 25), 24, Split(days(0), days(25))),
        (days(20, 0, 10, 10), 10, Split(days(0, 10), days(20))),
        (days(0, 5, 9), 10, None),
        (days(0), 10, None),
        ((), 10, None),
    ],
)
def test_training_horizons_end_by_the_first_test_cutoff(cutoffs, horizon, expected):
    assert split_cutoffs(cutoffs, horizon) == expected


def test_folds_are_of_like_size_and_do_not_change_with_the_table(spark):
    listeners = spark.range(3000).selectExpr("cast(id as string) as user_id")
    folds = {
        row.user_id: row.fold for row in listeners.select("user_id", fold_of("user_id", 7).alias("fold")).collect()
    }
    sizes = [list(folds.values()).count(fold) for fold in range(FOLDS)]
    assert sum(sizes) == 3000
    assert min(sizes) > 900
    few = listeners.where("user_id < 100").repartition(3).select("user_id", fold_of("user_id", 7).alias("fold"))
    assert all(folds[row.user_id] == row.fold for row in few.collect())
