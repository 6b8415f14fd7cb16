from datetime import UTC, datetime, timedelta

import pytest

from millrace.click_rows import Count, Split, labelled_impressions, reason_to_skip, split_hours

FIRST = datetime(2014, 10, 21, tzinfo=UTC)


def counts(*rows: int, positives: float = 0.5) -> list[Count]:
    return [Count(FIRST + timedelta(hours=at), each, int(each * positives)) for at, each in enumerate(rows)]


def hour(number: int) -> datetime:
    return FIRST + timedelta(hours=number)


@pytest.mark.parametrize(
    ("rows", "split"),
    [
        # Of 16 hours alike the last quarter is tested, and the last quarter of the 12 before chosen by.
        ([100] * 16, Split(hour(9), hour(12))),
        # An hour is never cut: 400 of 1,000 is nearer to a quarter than none.
        ([300, 100, 200, 400], Split(hour(2), hour(3))),
        # By rows, not by hours: what is shown at night is little.
        ([100, 100, 100, 100, 10, 10, 10, 10], Split(hour(2), hour(3))),
        ([1, 1, 1], Split(hour(1), hour(2))),
        # The first hour is always learned from, the second chosen by, however many are in the last.
        ([10, 10, 10_000], Split(hour(1), hour(2))),
    ],
)
def test_the_latest_hours_that_come_nearest_to_a_quarter_of_the_rows_are_split_off(rows, split):
    assert split_hours(counts(*rows)) == split


def test_two_hours_are_too_few():
    assert split_hours(counts(100, 100)) is None
    assert reason_to_skip(counts(100, 100), None).endswith("got 2")


@pytest.mark.parametrize(
    ("clicked", "part"),
    [
        ((9, 50, 50), "to learn from, got 9 and 91"),
        ((50, 91, 50), "to choose by, got 91 and 9"),
        ((50, 50, 0), "to test with, got 0 and 100"),
    ],
)
def test_a_part_with_too_few_of_either_outcome_is_named(clicked, part):
    hours = [Count(hour(at), 100, positives) for at, positives in enumerate(clicked)]
    assert reason_to_skip(hours, split_hours(hours)).endswith(part)


def test_ten_of_each_are_enough():
    hours = [Count(hour(at), 20, 10) for at in range(3)]
    assert reason_to_skip(hours, split_hours(hours)) is None


def test_an_outcome_said_twice_makes_one_row_of_what_was_known_last(spark):
    impressions = spark.createDataFrame(
        [("own", FIRST, "a", 1), ("twice", FIRST, "b", None), ("unknown", FIRST, "c", None)],
        "id string, hour timestamp, site string, click int",
    )
    outcomes = spark.createDataFrame(
        [("twice", 0, hour(2)), ("twice", 1, hour(1)), ("own", 0, hour(1)), ("of none", 1, hour(1))],
        "id string, click int, known_at timestamp",
    )
    rows = labelled_impressions(impressions, outcomes, ["site"]).collect()
    assert {(row.id, row.site, row.click) for row in rows} == {("own", "a", 1), ("twice", "b", 0)}
    assert len(rows) == 2
