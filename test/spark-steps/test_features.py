"""What a row of features knows, and what it must not know."""

import json
from datetime import timedelta

import pytest
from features import labelled, labels, main, user_features
from listening import SONG, at, day, events_of

from millrace.contract import read_contract
from millrace.step import StepError

CUTOFF = day("2018-10-29")
MIDNIGHT = at("2018-10-29 00:00")
CANCELS = {"page": "Cancellation Confirmation", "auth": "Cancelled", "artist": None, "song": None, "length": None}


@pytest.fixture(scope="module")
def contract(spark, contract_file):
    return read_contract(spark, contract_file("user_features"))


# Events of every case, by the listener who stands for it: all are computed at once, as Spark takes longer to start on a
# table than to compute it.
CASES: dict[str, list[dict]] = {}


def case(listener, *events):
    CASES[listener] = [{"user_id": listener, **event} for event in events]
    return listener


@pytest.fixture(scope="module")
def events(spark):
    return events_of(spark, [event for events in CASES.values() for event in events])


@pytest.fixture(scope="module")
def rows(events):
    """Rows at the cut-off, by listener."""
    return {row.user_id: row for row in user_features(events, [CUTOFF]).collect()}


BEFORE = [{"ts": at("2018-10-20 12:00")}, {"ts": MIDNIGHT - timedelta(microseconds=1)}]
OTHERWISE = {"level": "paid", "first_name": "New", "artist": "Other", "user_agent": "iPhone", "session_id": 2}
ALONE = case("nothing after", *BEFORE)
AFTER = case("more after", *BEFORE, {"ts": MIDNIGHT, **OTHERWISE}, {"ts": MIDNIGHT + timedelta(days=1), **OTHERWISE})


def test_nothing_at_or_after_the_cutoff_is_read(rows):
    assert rows[AFTER].events == 2
    assert {**rows[AFTER].asDict(), "user_id": ALONE} == rows[ALONE].asDict()


STAYS = case("stays", {"ts": at("2018-08-30 00:00")})
CANCELS_LATER = case("cancels later", {"ts": at("2018-10-20 12:00")}, {"ts": MIDNIGHT, **CANCELS})
CANCELLED = case("cancelled", {"ts": MIDNIGHT - timedelta(microseconds=1), **CANCELS})
CAME_LATER = case("came later", {"ts": MIDNIGHT})
SILENT = case("silent for more than 60 days", {"ts": at("2018-08-29 23:59")})
LOGGED_OUT = case(None, {"ts": at("2018-10-20 12:00")})


def test_only_listeners_still_there_have_a_row(rows):
    assert {STAYS, CANCELS_LATER} < set(rows)
    assert not {CANCELLED, CAME_LATER, SILENT, LOGGED_OUT} & set(rows)


def test_each_cutoff_looks_back_from_itself_and_listeners_who_are_gone_have_a_row_when_asked_for(spark):
    days = [{"ts": at(f"2018-10-{number:02} 10:00"), "session_id": number} for number in (1, 2, 9)]
    gone = {"user_id": "gone", "ts": at("2018-10-01 10:00"), **CANCELS}
    events = events_of(spark, [*days, gone, {"user_id": None, "ts": at("2018-10-01 10:00")}])
    got = user_features(events, [day("2018-10-02"), day("2018-10-10")], users_still_there=False)
    assert sorted(
        (row.user_id, str(row.cutoff), row.songs, row.songs_7_days, round(row.days_since_last_event * 24))
        for row in got.collect()
    ) == [
        ("gone", "2018-10-02", 0, 0, 14),
        ("gone", "2018-10-10", 0, 0, 14 + 8 * 24),
        ("u", "2018-10-02", 1, 1, 14),
        ("u", "2018-10-10", 3, 1, 14),
    ]


EDGE = MIDNIGHT - timedelta(days=7)
WINDOW = case("a window", {"ts": EDGE - timedelta(microseconds=1)}, *[{"ts": EDGE, "session_id": 2}] * 2)


def test_a_window_of_7_days_holds_the_7_days_before_the_cutoff(rows):
    row = rows[WINDOW]
    assert (row.songs, row.songs_7_days, row.sessions_7_days, row.songs_28_days) == (3, 2, 1, 3)


NIGHT = case("over midnight", {"ts": at("2018-10-27 23:00")}, {"ts": at("2018-10-28 02:00")})


def test_a_session_over_midnight_is_one_session_of_its_whole_length(rows):
    row = rows[NIGHT]
    assert (row.sessions, row.active_days, row.hours, row.hours_per_session) == (1, 2, 3.0, 3.0)


def test_sessions_of_two_listeners_with_the_same_number_are_two(rows):
    # The number is 1 for all cases that do not say another.
    assert (rows[NIGHT].hours, rows[STAYS].hours) == (3.0, 0.0)


ADVERT = {"page": "Roll Advert", "artist": None, "song": None}
MINUTE = case("a minute", {"ts": at("2018-10-28 10:00")}, {"ts": at("2018-10-28 10:01"), **ADVERT})
TWO_HOURS = case("two hours", {"ts": at("2018-10-28 10:00")}, {"ts": at("2018-10-28 12:00"), **ADVERT})


def test_rates_take_the_hours_as_one_at_least(rows):
    assert (rows[MINUTE].adverts_per_hour, rows[MINUTE].adverts_per_hour_7_days) == (1.0, 1.0)
    assert (rows[TWO_HOURS].adverts_per_hour, rows[TWO_HOURS].adverts_per_hour_7_days) == (0.5, 0.5)


# 56 days: a song a day in the first 28, two a day in the next 21, four a day in the last 7.
FASTER = case(
    "faster and faster",
    *[
        {"ts": MIDNIGHT - timedelta(days=56 - number), "session_id": number}
        for number, songs in enumerate([1] * 28 + [2] * 21 + [4] * 7)
        for _ in range(songs)
    ],
)
NEW = case("new", {"ts": MIDNIGHT - timedelta(days=2)}, {"ts": MIDNIGHT - timedelta(days=1)})


def test_trends_compare_paces_and_leave_out_the_days_before_the_first_event(rows):
    assert rows[FASTER].songs_trend_7_days == pytest.approx(4 / ((21 * 2 + 7 * 4) / 28))
    assert rows[FASTER].songs_trend_28_days == pytest.approx((70 / 28) / (98 / 56))
    assert rows[FASTER].sessions_trend_28_days == pytest.approx(1)
    assert (rows[NEW].songs_trend_7_days, rows[NEW].songs_trend_28_days) == (pytest.approx(1), pytest.approx(1))


DOWN = {"page": "Thumbs Down", "artist": None, "song": None, "length": None}
LATEST = case(
    "silent for weeks",
    {"ts": at("2018-09-01 10:00"), **DOWN},
    *[{"ts": at(f"2018-09-0{number} {hour}:00"), "session_id": number} for number in (2, 3, 4) for hour in (10, 12)],
    {"ts": at("2018-09-04 11:00"), "session_id": 4, **DOWN},
)


def test_the_last_days_of_use_are_known_however_long_ago(rows):
    row = rows[LATEST]
    assert (row.songs_28_days, row.thumbs_down_per_hour_28_days) == (0, 0)
    assert (row.songs_last_3_active_days, row.hours_last_3_active_days) == (6, 6)
    assert (row.thumbs_down_per_hour_last_3_active_days, row.thumbs_down) == (pytest.approx(1 / 6), 2)


CHANGES = case(
    "changes",
    {"ts": at("2018-10-20 10:00"), "level": "paid", "first_name": "Old", "user_agent": "iPhone Safari"},
    {"ts": at("2018-10-21 10:00"), "level": "paid", "first_name": "New", "item_in_session": 7},
    {"ts": at("2018-10-21 10:00"), "level": "free", "first_name": None, "item_in_session": 8},
    {"ts": at("2018-10-21 11:00"), "level": None, "first_name": None, "user_agent": None},
)
PHONE = case("phone", {"ts": at("2018-10-21 10:00"), "level": "paid", "user_agent": "iPhone Safari"})


def test_the_profile_is_the_last_known_one(rows):
    row = rows[CHANGES]
    assert (row.level, row.paid, row.first_name) == ("free", 0, "New")
    assert (row.platform, row.browser, row.mobile) == ("Windows", "Chrome", 0)
    row = rows[PHONE]
    assert (row.level, row.paid, row.platform, row.browser, row.mobile) == ("paid", 1, "iPhone", "Safari", 1)


def sessions(*spans):
    return [{"ts": at(f"2018-10-{time}"), "session_id": number} for number, span in enumerate(spans) for time in span]


THREE = case("three", *sessions(("20 10:00", "20 12:00"), ("22 12:00", "22 13:00"), ("26 13:00", "26 13:30")))
ONE = case("one", *sessions(("20 10:00", "20 12:00")))
OVERLAPPING = case("overlapping", *sessions(("20 10:00", "20 12:00"), ("20 10:00", "20 12:00")))


def test_days_between_sessions_is_what_lies_between_them(rows):
    assert rows[THREE].days_between_sessions == pytest.approx((2 + 4) / 2)
    assert rows[ONE].days_between_sessions == pytest.approx(8.5), "one session: the days since its end"
    assert rows[OVERLAPPING].days_between_sessions == 0


UNKNOWN = {name: None for name in SONG if name not in ("user_id", "session_id", "page")}
STRANGER = case("stranger", {**UNKNOWN, "ts": at("2018-10-01 00:00"), "page": "Home"})


def test_features_are_never_null_however_little_is_known(rows, contract):
    features = contract.columns_with_role("feature")
    assert len(features) > 50
    assert {(row.user_id, name) for row in rows.values() for name in features if row[name] is None} == set()
    assert rows[STRANGER].home_views == 1


def test_the_label_is_a_cancellation_from_the_cutoff_until_the_horizon_ends(spark):
    end = MIDNIGHT + timedelta(days=10)
    cancelled_at = {
        "before": MIDNIGHT - timedelta(microseconds=1),
        "at the cut-off": MIDNIGHT,
        "at last": end - timedelta(microseconds=1),
        "too late": end,
    }
    events = [{"user_id": user, "ts": ts, **CANCELS} for user, ts in cancelled_at.items()]
    stays = {"user_id": "stays", "ts": MIDNIGHT, "page": "Cancel"}
    logged_out = {"user_id": None, "ts": MIDNIGHT, **CANCELS}
    rows = labels(events_of(spark, [*events, stays, logged_out]), [CUTOFF], 10).collect()
    assert {row.user_id: row.churned for row in rows} == {
        "before": 0,
        "at the cut-off": 1,
        "at last": 1,
        "too late": 0,
        "stays": 0,
    }


def test_columns_are_those_of_the_contract_and_every_feature_has_words_for_a_reader(events, contract):
    features = user_features(events, [CUTOFF])
    assert set(features.columns) | {"churned"} == set(contract.schema.names)
    rows = labelled(features, labels(events, [], 10), contract.schema)
    assert [(each.name, each.dataType) for each in rows.schema] == [(e.name, e.dataType) for e in contract.schema]
    assert all(contract.schema[name].metadata["label"] for name in contract.columns_with_role("feature"))


@pytest.fixture
def run(spark, contract_file, table_name, tmp_path):
    """Runs the step over an events table of its own; returns the result and the rows of the features table."""
    events_table, table = table_name("events"), table_name("features")

    def step(events, *arguments):
        events_of(spark, events).writeTo(events_table).using("iceberg").createOrReplace()
        result = tmp_path / "result.json"
        given = {"events-table": events_table, "contract": contract_file("user_features"), "table": table}
        given |= {"horizon-days": "10", "cutoff-every-days": "5", "result": str(result)}
        main([*[text for name, value in given.items() for text in (f"--{name}", value)], *arguments])
        return json.loads(result.read_text()), spark.table(table).orderBy("user_id", "cutoff").collect()

    return step


# Two listeners, there every day of October, until one cancels on the 20th.
OCTOBER = [
    {"user_id": user, "ts": at(f"2018-10-{number:02} 12:00"), "session_id": number}
    for user in ("stays", "leaves")
    for number in range(1, 31)
    if user == "stays" or number < 20
]
LEAVES = {"user_id": "leaves", "ts": at("2018-10-20 12:00"), **CANCELS}


def test_a_run_writes_training_rows_with_labels_and_scoring_rows_without_and_a_second_run_the_same(run):
    result, rows = run([*OCTOBER, LEAVES])
    assert result == {
        "rowsIn": 50,
        "rowsOut": 4,
        "cutoffs": ["2018-10-16", "2018-10-21", "2018-10-31"],
        "scoringCutoff": "2018-10-31",
    }
    assert [(row.user_id, str(row.cutoff), row.churned) for row in rows] == [
        ("leaves", "2018-10-16", 1),
        ("stays", "2018-10-16", 0),
        ("stays", "2018-10-21", 0),
        ("stays", "2018-10-31", None),
    ]
    assert run([*OCTOBER, LEAVES]) == (result, rows)


def test_a_run_for_a_past_date_knows_what_was_known_then(run):
    then = [event for event in OCTOBER if event["ts"] < at("2018-10-26 00:00")]
    known = run([*then, LEAVES])
    assert run([*OCTOBER, LEAVES], "--cutoff", "2018-10-26") == known
    assert known[0]["cutoffs"] == ["2018-10-16", "2018-10-26"]


def test_events_of_one_day_give_the_scoring_cutoff_alone(run):
    result, rows = run(OCTOBER[:1])
    assert result["cutoffs"] == ["2018-10-02"]
    assert [row.churned for row in rows] == [None]


def test_an_event_of_a_clock_that_is_wrong_does_not_make_everybody_else_gone(run, capsys):
    crowd = [{"user_id": str(number), "ts": at("2018-10-01 12:00")} for number in range(20)]
    result, rows = run([*crowd, {"user_id": "0", "ts": at("2019-03-01 12:00")}])
    assert result["cutoffs"] == ["2018-10-02"]
    assert len(rows) == 20
    assert "events after it are left out (to 2019-03-01)" in capsys.readouterr().out


def test_fails_for_a_cutoff_outside_the_events(run):
    with pytest.raises(StepError, match=r"^cutoff must be a date .*, got 2020-01-01$"):
        run(OCTOBER[:1], "--cutoff", "2020-01-01")


@pytest.mark.parametrize("days", ["0", "-1", "ten"])
def test_horizon_and_spacing_are_positive_days(run, days, capsys):
    with pytest.raises(SystemExit) as stop:
        run(OCTOBER[:1], "--horizon-days", days)
    assert stop.value.code == 2
    assert f"must be a positive integer, got {days}" in capsys.readouterr().err
