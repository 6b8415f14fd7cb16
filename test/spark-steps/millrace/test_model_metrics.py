from itertools import pairwise

import numpy as np
import pytest

from millrace.model_metrics import MAX_CURVE_POINTS, best_threshold, calibration, confusion, contacts, evaluate

# Ten listeners, three of whom leave; the model ranks one who stays above one who leaves.
ACTUAL = np.array([1, 1, 0, 1, 0, 0, 0, 0, 0, 0])
PROBABILITY = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0])


def test_the_threshold_is_that_of_the_highest_f1():
    # At 0.6: precision 3/4, recall 1, F1 6/7. At 0.8: 1, 2/3, F1 4/5.
    assert best_threshold(ACTUAL, PROBABILITY) == 0.6


def test_metrics_are_those_worked_out_by_hand():
    metrics = evaluate(ACTUAL, PROBABILITY, 0.6)["metrics"]
    assert metrics["rocAuc"] == pytest.approx(20 / 21)
    assert metrics["averagePrecision"] == pytest.approx((1 + 1 + 3 / 4) / 3)
    assert (metrics["precision"], metrics["recall"]) == (0.75, 1)
    assert metrics["f1"] == pytest.approx(6 / 7)
    assert metrics["brier"] == pytest.approx((0.01 + 0.04 + 0.49 + 0.16 + 0.25 + 0.16 + 0.09 + 0.04 + 0.01) / 10)


def test_a_listener_at_the_threshold_is_at_risk():
    expected = {"truePositives": 3, "falsePositives": 1, "falseNegatives": 0, "trueNegatives": 6}
    assert confusion(ACTUAL, PROBABILITY, 0.6) == expected


def test_contacts_say_what_each_share_reaches():
    rows = {row["threshold"]: row for row in contacts(ACTUAL, PROBABILITY, 0.6)}
    assert rows[0.8] == {"threshold": 0.8, "contacted": 2, "precision": 1, "recall": pytest.approx(2 / 3)}
    assert rows[0.6] == {"threshold": 0.6, "contacted": 4, "precision": 0.75, "recall": 1}
    assert rows[0.0]["contacted"] == 10
    assert list(rows) == sorted(rows, reverse=True)


def test_contacts_count_everyone_with_the_same_probability():
    rows = contacts(np.array([1, 0, 0, 0]), np.array([0.5, 0.5, 0.5, 0.1]), 0.5)
    assert [(row["threshold"], row["contacted"]) for row in rows] == [(0.5, 3), (0.1, 4)]


def test_calibration_bins_hold_every_row_once():
    bins = calibration(np.tile(ACTUAL, 10), np.tile(PROBABILITY, 10))
    assert [each["rows"] for each in bins] == [10] * 10
    assert [each["predicted"] for each in bins] == pytest.approx(sorted(PROBABILITY))
    assert [each["observed"] for each in bins] == list(ACTUAL[::-1])
    assert sum(each["rows"] for each in calibration(ACTUAL[:3], PROBABILITY[:3])) == 3


def test_long_curves_are_thinned_and_keep_their_ends():
    random = np.random.default_rng(1)
    probability = random.random(20_000)
    evaluated = evaluate((random.random(20_000) < probability).astype(int), probability, 0.5)
    for curve, first, last in (("roc", [0, 0], [1, 1]), ("precisionRecall", [0, 1], [1, pytest.approx(0.5, abs=0.02)])):
        points = evaluated[curve]
        assert len(points) == MAX_CURVE_POINTS
        assert points[0] == first
        assert points[-1] == last
        assert all(left[0] <= right[0] for left, right in pairwise(points))
    area = np.trapezoid([y for _, y in evaluated["roc"]], [x for x, _ in evaluated["roc"]])
    assert area == pytest.approx(evaluated["metrics"]["rocAuc"], abs=1e-3)
