"""Hours of clicks, from impressions, outcomes and predictions that come at different times."""

from datetime import datetime

import export_clicks
from pyspark.sql import Row

HOUR = datetime(2026, 6, 1, 4)
LATER = datetime(2026, 6, 1, 5)


def hours(spark, impressions, outcomes, predictions):
    found = export_clicks.click_hours(
        spark.createDataFrame(impressions, "id string, hour timestamp, click int"),
        spark.createDataFrame(outcomes, "id string, click int, known_at timestamp"),
        spark.createDataFrame(predictions, "id string, hour timestamp, probability double, predicted_at timestamp"),
    )
    return found.orderBy("hour").collect()


def row(hour, impressions, labelled, clicks, predictions, mean_probability):
    return Row(
        hour=hour,
        impressions=impressions,
        labelled=labelled,
        clicks=clicks,
        predictions=predictions,
        mean_probability=mean_probability,
    )


def test_counts_each_impression_once_by_the_hour_in_which_it_was_shown(spark):
    found = hours(
        spark,
        [("history", HOUR, 1), ("landed", HOUR, None), ("unknown", LATER, None)],
        [("landed", 0, LATER), ("only scored", 1, LATER), ("never shown", 1, LATER)],
        [("landed", HOUR, 0.25, LATER), ("only scored", HOUR, 0.75, LATER)],
    )
    assert found == [row(HOUR, 3, 3, 2, 2, 0.5), row(LATER, 1, 0, 0, 0, None)]


def test_takes_the_latest_of_what_was_said_twice(spark):
    found = hours(
        spark,
        [("a", HOUR, None)],
        [("a", 0, HOUR), ("a", 1, LATER)],
        [("a", HOUR, 0.9, LATER), ("a", HOUR, 0.1, HOUR)],
    )
    assert found == [row(HOUR, 1, 1, 1, 1, 0.9)]


def test_an_hour_is_a_whole_one_also_where_times_are_finer(spark):
    found = hours(spark, [("a", HOUR.replace(minute=17), 0), ("b", HOUR.replace(minute=59), 1)], [], [])
    assert found == [row(HOUR, 2, 2, 1, 0, None)]
