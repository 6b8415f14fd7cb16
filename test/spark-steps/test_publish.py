"""Daily activity counts what happened, and the exports hold all that the warehouse is to load."""

import csv
import gzip
import io
import json
from datetime import date

import pytest
from listening import at, events_of
from publish import main
from pyspark.sql import functions as F

from millrace.activity import daily_activity
from millrace.contract import read_contract
from millrace.step import StepError
from millrace.tables import ensure_table

NO_SONG = {"artist": None, "song": None, "length": None}
# On the 1st u upgrades; the session of v lasts into the 2nd, when v cancels; w registered then, but is seen on the 4th.
EVENTS = [
    {"user_id": "u", "ts": at("2018-10-01 10:00"), "level": "free", "length": 1800.0},
    {"user_id": "u", "ts": at("2018-10-01 10:30"), "level": "free", "page": "Submit Upgrade", **NO_SONG},
    {"user_id": "u", "ts": at("2018-10-01 10:31"), "level": "paid", "page": "Thumbs Up", **NO_SONG},
    {"user_id": "u", "ts": at("2018-10-01 20:00"), "level": "paid", "page": "Thumbs Down", **NO_SONG, "session_id": 2},
    {"user_id": None, "ts": at("2018-10-01 11:00"), "page": "Home", **NO_SONG, "level": "paid", "session_id": 9},
    {"user_id": None, "ts": at("2018-10-01 11:00"), "page": "Error", **NO_SONG, "session_id": 9},
    {"user_id": "v", "ts": at("2018-10-01 23:59"), "length": 900.0},
    {"user_id": "v", "ts": at("2018-10-02 00:00"), "page": "Roll Advert", **NO_SONG, "level": "paid"},
    {"user_id": "v", "ts": at("2018-10-02 00:01"), "page": "Error", **NO_SONG},
    {"user_id": "v", "ts": at("2018-10-02 00:02"), "page": "Submit Downgrade", **NO_SONG},
    {"user_id": "v", "ts": at("2018-10-02 00:03"), "page": "Cancellation Confirmation", **NO_SONG},
    {"user_id": "w", "ts": at("2018-10-04 00:03"), "page": "Home", **NO_SONG, "registration": at("2018-10-02 23:59")},
    {"user_id": None, "ts": at("2018-10-05 12:00"), "page": "Home", **NO_SONG},
]


@pytest.fixture(scope="module")
def days(spark):
    return {str(row.activity_date): row.asDict() for row in daily_activity(events_of(spark, EVENTS)).collect()}


def counts(day, names):
    return {name: day[name] for name in names.split()}


def test_only_days_with_an_event_have_a_row(days):
    assert sorted(days) == ["2018-10-01", "2018-10-02", "2018-10-04", "2018-10-05"]


def test_listeners_are_counted_once_and_by_the_subscription_the_day_ends_with(days):
    got = {day: counts(row, "listeners paid_listeners free_listeners") for day, row in days.items()}
    assert got == {
        "2018-10-01": {"listeners": 2, "paid_listeners": 1, "free_listeners": 1},
        "2018-10-02": {"listeners": 1, "paid_listeners": 0, "free_listeners": 1},
        "2018-10-04": {"listeners": 1, "paid_listeners": 0, "free_listeners": 1},
        "2018-10-05": {"listeners": 0, "paid_listeners": 0, "free_listeners": 0},
    }


def test_logged_out_page_views_count_as_events_and_as_nothing_else(days):
    assert counts(days["2018-10-01"], "events logged_out_events errors") == {
        "events": 7,
        "logged_out_events": 2,
        "errors": 0,
    }
    assert counts(days["2018-10-05"], "events logged_out_events sessions") == {
        "events": 1,
        "logged_out_events": 1,
        "sessions": 0,
    }


def test_a_session_over_midnight_counts_on_both_days(days):
    assert [row["sessions"] for _, row in sorted(days.items())] == [3, 1, 1, 0]


def test_acts_are_counted_on_their_day(days):
    names = "songs thumbs_up thumbs_down adverts errors upgrades downgrades cancellations"
    assert list(counts(days["2018-10-01"], names).values()) == [2, 1, 1, 0, 0, 1, 0, 0]
    assert list(counts(days["2018-10-02"], names).values()) == [0, 0, 0, 1, 1, 0, 1, 1]
    assert (days["2018-10-01"]["hours_listened"], days["2018-10-02"]["hours_listened"]) == (0.75, 0.0)


def test_a_registration_counts_on_its_own_day(days):
    assert [row["registrations"] for _, row in sorted(days.items())] == [0, 1, 0, 0]


CONTRACTS = {"features": "user_features", "scores": "churn_scores", "activity": "daily_activity"}


@pytest.fixture
def step(spark, contract_file, table_name, tmp_path):
    """The step's arguments, over tables of its own: events, features of one listener, and no scores."""
    contracts = {name: contract_file(dataset) for name, dataset in CONTRACTS.items()}
    tables = {name: table_name(name) for name in ("events", *CONTRACTS)}
    events_of(spark, EVENTS).writeTo(tables["events"]).using("iceberg").create()
    for name in ("features", "scores"):
        ensure_table(spark, tables[name], read_contract(spark, contracts[name]).schema)
    row = {"user_id": "u", "cutoff": date(2018, 10, 3), "first_name": 'Robert"); DROP TABLE', "songs": 1}
    features = spark.createDataFrame([tuple(row.values())], "user_id string, cutoff date, first_name string, songs int")
    schema = spark.table(tables["features"]).schema
    columns = [F.col(f.name) if f.name in row else F.lit(None).cast(f.dataType).alias(f.name) for f in schema]
    features.select(*columns).writeTo(tables["features"]).append()
    return {
        **{f"{name}-table": table for name, table in tables.items()},
        **{f"{name}-contract": file for name, file in contracts.items()},
        "out": str(tmp_path / "exports"),
        "result": str(tmp_path / "result.json"),
    }


def run(arguments):
    main([text for name, value in arguments.items() for text in (f"--{name}", value)])


def records_of(folder):
    texts = [gzip.decompress(file.read_bytes()).decode() for file in folder.glob("*.csv.gz")]
    header = next(csv.reader(io.StringIO(texts[0], newline="")))
    return header, [row for text in texts for row in csv.DictReader(io.StringIO(text, newline=""), strict=True)]


def test_a_run_exports_every_table_in_the_order_of_its_contract_and_a_second_run_the_same(spark, step, tmp_path):
    for _ in range(2):
        run(step)
        result = json.loads((tmp_path / "result.json").read_text())
        assert result == {
            "rowsIn": len(EVENTS),
            "rowsOut": 5,
            "tables": {"user_features": 1, "churn_scores": 0, "daily_activity": 4},
        }
        exports = {name: records_of(tmp_path / "exports" / dataset) for name, dataset in CONTRACTS.items()}
        for name, (header, records) in exports.items():
            assert header == read_contract(spark, step[f"{name}-contract"]).schema.names
            assert len(records) == result["tables"][CONTRACTS[name]]
        [features] = exports["features"][1]
        assert (features["cutoff"], features["first_name"], features["churned"]) == (
            "2018-10-03",
            'Robert"); DROP TABLE',
            "",
        )
        days = {row["activity_date"]: row["events"] for row in exports["activity"][1]}
        assert days == {"2018-10-01": "7", "2018-10-02": "4", "2018-10-04": "1", "2018-10-05": "1"}
        assert spark.table(step["activity-table"]).count() == 4


def test_fails_when_a_table_is_not_there_and_leaves_the_exports_alone(step, tmp_path):
    with pytest.raises(StepError, match=r"^scores-table must be a table of the lake, got lake\.tests\.none"):
        run({**step, "scores-table": "lake.tests.none"})
    assert not (tmp_path / "exports").exists()
