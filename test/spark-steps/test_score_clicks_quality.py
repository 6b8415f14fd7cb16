"""Live quality of click predictions, from outcomes that come before and after them."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import score_clicks
from scoring import impression, outcome, save_model
from sklearn.metrics import log_loss

from millrace import live_quality
from millrace.click_quality import Windows, quality_by_window, rolling

START = datetime(2026, 1, 1, tzinfo=UTC)
WINDOWS = Windows(300, timedelta(days=1))
PREDICTIONS = "id string, probability double, model_version string, predicted_at timestamp"
OUTCOMES = "id string, click int, known_at timestamp"


@pytest.fixture
def quality(spark):
    def computed(predictions, outcomes):
        made = quality_by_window(
            spark.createDataFrame(predictions, PREDICTIONS), spark.createDataFrame(outcomes, OUTCOMES), WINDOWS
        )
        return [row.asDict() for row in made.orderBy("window_start", "model_version").collect()]

    return computed


def test_figures_are_those_of_the_labelled_predictions_of_a_window_and_a_model(quality):
    probabilities, clicked = [0.1, 0.2, 0.7, 0.4, 0.0, 1.0], [0, 0, 1, 1, 1, 0]
    predictions = [(f"p{at}", p, "v1", START + timedelta(seconds=at)) for at, p in enumerate(probabilities)]
    predictions += [
        ("unknown", 0.9, "v1", START),
        ("other", 0.5, "v2", START),
        ("later", 0.3, "v1", START + timedelta(minutes=5)),
    ]
    outcomes = [(f"p{at}", click, START) for at, click in enumerate(clicked)] + [
        ("later", 0, START),
        ("nobody", 1, START),
    ]
    first, second, third = quality(predictions, outcomes)
    rate, mean = sum(clicked) / 6, sum(probabilities) / 6
    loss = log_loss(clicked, probabilities)
    assert first == {
        "window_start": START.replace(tzinfo=None),
        "window_end": (START + timedelta(minutes=5)).replace(tzinfo=None),
        "model_version": "v1",
        "predictions": 7,
        "labelled": 6,
        "clicks": 3,
        "mean_probability": pytest.approx(mean),
        "log_loss": pytest.approx(loss),
        "normalised_entropy": pytest.approx(loss / log_loss(clicked, [rate] * 6)),
        "calibration": pytest.approx(mean / rate),
    }
    assert {name: second[name] for name in ("model_version", "predictions", "labelled", "clicks", "log_loss")} == {
        "model_version": "v2",
        "predictions": 1,
        "labelled": 0,
        "clicks": 0,
        "log_loss": None,
    }
    # One outcome, and no click: neither ratio can be told.
    assert (third["labelled"], third["normalised_entropy"], third["calibration"]) == (1, None, None)
    assert third["log_loss"] == pytest.approx(log_loss([0], [0.3], labels=[0, 1]))


def test_of_several_outcomes_of_an_impression_the_one_known_last_counts(quality):
    predictions = [("p", 0.5, "v1", START)]
    assert quality(predictions, [("p", 1, START + timedelta(hours=1)), ("p", 0, START)])[0]["clicks"] == 1


def test_rolling_figures_are_those_of_all_predictions_in_the_windows_together(spark, quality):
    probabilities, clicked = [0.1, 0.6, 0.3, 0.9], [0, 1, 1, 0]
    times = [START + timedelta(minutes=5 * at) for at in range(4)]
    predictions = [(f"p{at}", p, "v1", times[at]) for at, p in enumerate(probabilities)]
    outcomes = [(f"p{at}", click, START) for at, click in enumerate(clicked)]
    rows = quality_by_window(
        spark.createDataFrame(predictions, PREDICTIONS), spark.createDataFrame(outcomes, OUTCOMES), WINDOWS
    )
    loss, rate = log_loss(clicked[1:], probabilities[1:]), 2 / 3
    assert rolling(rows, WINDOWS, 3) == {
        "modelVersion": "v1",
        "from": "2026-01-01T00:05:00Z",
        "to": "2026-01-01T00:20:00Z",
        "predictions": 3,
        "labelled": 3,
        "logLoss": pytest.approx(loss),
        "normalisedEntropy": pytest.approx(loss / log_loss(clicked[1:], [rate] * 3)),
        "calibration": pytest.approx(0.6 / rate),
    }


def test_outcomes_count_whether_they_come_before_or_after_their_predictions(clicks, spark):
    file = clicks.directory / "quality.json"
    served, other = ({"name": name, "metrics": {"logLoss": loss}} for name, loss in (("served", 0.39), ("other", 0.5)))
    save_model(spark, clicks.models, "v1", -1.0, [served, other])
    clicks.impressions.send(impression(1), impression(2))
    clicks.outcomes.send(outcome(2, 1), outcome(3, 0), outcome(4, 1), "not json")
    assert clicks.score(quality=file)["outcomes"] == 3
    assert totals(clicks) == {"predictions": 2, "labelled": 1, "clicks": 1}
    # 3 and 4 were known before anybody had predicted them.
    clicks.impressions.send(impression(3), impression(4), partition=1)
    clicks.outcomes.send(outcome(1, 0), outcome(1, 0), partition=1)
    assert clicks.score(quality=file)["outcomes"] == 1
    assert totals(clicks) == {"predictions": 4, "labelled": 4, "clicks": 2}
    told = json.loads(file.read_text())
    probabilities = [row.probability for row in clicks.lake("id", "probability")]
    assert told["logLoss"] == pytest.approx(log_loss([0, 1, 0, 1], probabilities))
    assert (told["modelVersion"], told["predictions"], told["labelled"]) == ("v1", 4, 4)
    assert told["expectedLogLoss"] == 0.39
    [poison] = clicks.rows(f"{clicks.table}_outcomes_quarantine", "reason", order="reason")
    assert poison.reason == "value must be a JSON object, got not json"


@pytest.mark.runs
def test_a_crash_while_quality_is_kept_up_loses_and_doubles_nothing(clicks, spark, monkeypatch):
    save_model(spark, clicks.models, "v1", -1.0)
    clicks.impressions.send(impression(1), impression(2))
    clicks.outcomes.send(outcome(1, 1))

    def crash(*_):
        raise RuntimeError("crash")

    with monkeypatch.context() as patch:
        # Outcomes are landed by then, and their windows are not computed.
        patch.setattr(live_quality.LiveQuality, "_compute", crash)
        with pytest.raises(Exception, match="crash"):
            clicks.score()
    for _ in range(2):
        clicks.score()
        assert totals(clicks) == {"predictions": 2, "labelled": 1, "clicks": 1}


@pytest.mark.runs
def test_outcomes_are_kept_while_there_is_no_model(clicks, spark):
    clicks.impressions.send(impression(1))
    clicks.outcomes.send(outcome(1, 1))
    assert clicks.score()["outcomes"] == 1
    save_model(spark, clicks.models, "v1", 0.0)
    clicks.score()
    assert totals(clicks) == {"predictions": 1, "labelled": 1, "clicks": 1}


def test_outcomes_that_wait_are_told_apart_from_those_that_are_yet_to_come(clicks, spark):
    clicks.outcomes.send(outcome(1, 1), outcome(2, 0), "not json")
    args = score_clicks.parse_args(clicks.arguments())
    assert score_clicks.prepare(spark, args).waiting_outcomes == 3
    clicks.score()
    clicks.outcomes.send(outcome(3, 1), partition=1)
    assert score_clicks.prepare(spark, args).waiting_outcomes == 1


def totals(clicks) -> dict[str, int]:
    names = ("predictions", "labelled", "clicks")
    return {name: sum(row[name] for row in clicks.quality()) for name in names}
