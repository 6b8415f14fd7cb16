"""Training cut-offs are those whose outcome is known, the scoring cut-off is the end of what is known."""

from datetime import date, timedelta

import pytest

from millrace.cutoffs import (
    MAX_TRAINING_CUTOFFS,
    all_training_cutoffs,
    observed_periods,
    scoring_cutoff,
    training_cutoffs,
)
from millrace.step import StepError


def days(first: str, count: int) -> list[date]:
    return [date.fromisoformat(first) + timedelta(days=number) for number in range(count)]


def visited(days: list[date], listeners: int = 100) -> dict[date, int]:
    return dict.fromkeys(days, listeners)


def dates(*texts: str) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


def test_the_last_training_cutoff_has_its_whole_horizon_and_the_first_two_weeks_of_history():
    # 30 days of October: the horizon of 10 days after the 21st ends with the last event, two weeks end on the 15th.
    cutoffs = training_cutoffs(date(2018, 10, 1), date(2018, 10, 31), every_days=3, horizon_days=10)
    assert cutoffs == dates("2018-10-15", "2018-10-18", "2018-10-21")


def test_events_shorter_than_history_and_horizon_have_no_training_cutoff():
    assert training_cutoffs(date(2018, 10, 1), date(2018, 10, 24), every_days=1, horizon_days=10) == []
    assert training_cutoffs(date(2018, 10, 1), date(2018, 10, 25), every_days=1, horizon_days=10) == [
        date(2018, 10, 15)
    ]


def test_a_gap_of_more_than_a_week_ends_a_period():
    seen = [*days("2018-10-01", 3), *days("2018-10-10", 1), *days("2018-10-19", 2)]
    assert observed_periods(seen[::-1]) == [
        (date(2018, 10, 1), date(2018, 10, 11)),
        (date(2018, 10, 19), date(2018, 10, 21)),
    ]


def test_data_sets_far_apart_give_no_cutoff_in_between_nor_a_horizon_that_reaches_into_the_gap():
    cutoffs = all_training_cutoffs([*days("2017-12-01", 30), *days("2018-10-01", 30)], every_days=3, horizon_days=10)
    assert cutoffs == dates("2017-12-15", "2017-12-18", "2017-12-21", "2018-10-15", "2018-10-18", "2018-10-21")


def test_training_cutoffs_are_capped_to_the_newest():
    cutoffs = all_training_cutoffs(days("2018-01-01", 300), every_days=1, horizon_days=10)
    assert len(cutoffs) == MAX_TRAINING_CUTOFFS
    assert cutoffs[-1] == date(2018, 1, 1) + timedelta(days=290)
    assert cutoffs == sorted(cutoffs)


def test_the_scoring_cutoff_is_the_midnight_after_the_last_event_unless_one_is_asked_for():
    seen = visited(days("2018-10-01", 3))
    assert scoring_cutoff(seen, None) == date(2018, 10, 4)
    assert scoring_cutoff(seen, "auto") == date(2018, 10, 4)
    assert scoring_cutoff(seen, "2018-10-02") == date(2018, 10, 2)
    assert scoring_cutoff(seen, "2018-10-04") == date(2018, 10, 4)


def test_clocks_that_are_wrong_by_more_than_a_week_do_not_move_it_and_can_be_asked_for():
    seen = visited(days("2018-10-01", 30))
    strays = {date(2018, 11, 20): 9, date(2019, 3, 1): 1}
    assert scoring_cutoff({**strays, **seen}, "auto") == date(2018, 10, 31)
    assert scoring_cutoff({**seen, **strays}, "2018-11-21") == date(2018, 11, 21)
    assert scoring_cutoff({**seen, **strays}, "2019-03-02") == date(2019, 3, 2)


def test_an_app_that_is_back_after_a_gap_moves_it_from_a_tenth_of_its_usual_listeners_on():
    seen = visited(days("2018-10-01", 30))
    assert scoring_cutoff({**seen, date(2018, 11, 20): 10}, "auto") == date(2018, 11, 21)
    assert scoring_cutoff({**seen, **visited(days("2018-11-20", 2), 1), date(2018, 11, 22): 60}, "auto") == date(
        2018, 11, 23
    )


def test_the_last_day_counts_however_few_came_where_no_gap_is_before_it():
    assert scoring_cutoff({**visited(days("2018-10-01", 30)), date(2018, 11, 3): 1}, "auto") == date(2018, 11, 4)
    assert scoring_cutoff({date(2018, 10, 1): 1}, "auto") == date(2018, 10, 2)


@pytest.mark.parametrize("asked", ["2018-10-01", "2018-10-05", "2018-13-01", "yesterday", ""])
def test_fails_for_a_cutoff_that_the_events_do_not_cover(asked):
    with pytest.raises(StepError, match=rf"^cutoff must be a date .* from 2018-10-02 to 2018-10-04, .* got {asked}$"):
        scoring_cutoff(visited(days("2018-10-01", 3)), asked)


def test_fails_for_a_cutoff_that_nobody_was_there_before():
    seen = visited([*days("2017-12-01", 1), *days("2018-10-01", 1)])
    with pytest.raises(StepError, match="with events in the 60 days before it, got 2018-06-01"):
        scoring_cutoff(seen, "2018-06-01")


def test_fails_without_events():
    with pytest.raises(StepError, match="must be one that has events"):
        scoring_cutoff({}, None)
