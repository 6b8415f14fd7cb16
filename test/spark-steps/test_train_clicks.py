import json

import numpy as np
import pandas as pd
import pytest
import train_clicks
from impressions import as_rows, known_impressions, with_probability
from sklearn import metrics

from millrace import click_baselines
from millrace.click_baselines import Baselines
from millrace.click_model import latest_version, read_click_model
from millrace.contract import read_contract

SEED = 7
ROWS = 4_000
MODELS = ["click-model", "logistic-regression", "decision-tree", "random-forest", "constant", "truth"]


@pytest.fixture(scope="module")
def contract(spark, contract_file):
    return read_contract(spark, contract_file("ad_impressions"))


@pytest.fixture(scope="module", autouse=True)
def small_baselines():
    """What the model is held against need not be good here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(click_baselines, "LOGISTIC_REGRESSION", {"maxIter": 5})
        patch.setattr(click_baselines, "DECISION_TREE", {"maxDepth": 2})
        patch.setattr(click_baselines, "RANDOM_FOREST", {"numTrees": 3, "maxDepth": 2})
        yield


@pytest.fixture(scope="module")
def run_step(spark, contract, contract_file, tmp_path_factory):
    """Runs the step on impressions, and outcomes that came later; gives its result and where it ran."""

    def run(impressions: pd.DataFrame, name: str, *more: str, outcomes: pd.DataFrame | None = None):
        directory = tmp_path_factory.mktemp(name)
        tables = {"impressions": f"lake.tests.{name}_impressions", "outcomes": f"lake.tests.{name}_outcomes"}
        rows = as_rows(spark, impressions, contract.schema, directory / "rows.parquet")
        rows.writeTo(tables["impressions"]).createOrReplace()
        if outcomes is not None:
            spark.createDataFrame(outcomes).writeTo(tables["outcomes"]).createOrReplace()
        arguments = {
            "impressions-table": tables["impressions"],
            "outcomes-table": tables["outcomes"],
            "contract": contract_file("ad_impressions"),
            "models": str(directory / "models"),
            "seed": str(SEED),
            "result": str(directory / "result.json"),
        }
        train_clicks.main([part for key, value in arguments.items() for part in (f"--{key}", value)] + list(more))
        return json.loads((directory / "result.json").read_text()), directory

    return run


@pytest.fixture(scope="module")
def impressions():
    return known_impressions(ROWS, seed=3)


@pytest.fixture(scope="module")
def trained(run_step, impressions, tmp_path_factory):
    """One run on impressions whose truth is known, a third of whose outcomes came later; and what it predicted."""
    truth = tmp_path_factory.mktemp("truth") / "truth.jsonl"
    impressions[["id", "probability"]].to_json(truth, orient="records", lines=True)
    came_later = np.arange(ROWS) % 3 == 0
    history = impressions.assign(click=impressions.click.astype("Int64").mask(came_later))
    outcomes = impressions[came_later][["id", "click"]].assign(known_at=pd.Timestamp("2014-11-01"))
    seen = {}
    evaluation, save = train_clicks.evaluation, train_clicks.save_click_model

    def evaluation_seen(chosen_by, tested):
        seen.update(chosen_by=chosen_by, tested=tested)
        return evaluation(chosen_by, tested)

    def save_seen(spark, models, model, about):
        seen["model"] = model
        save(spark, models, model, about)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_clicks, "evaluation", evaluation_seen)
        patch.setattr(train_clicks, "save_click_model", save_seen)
        result, directory = run_step(history, "known", "--truth", str(truth), outcomes=outcomes)
    folder = directory / "models" / result["model"]["version"]
    return result, json.loads((folder / "evaluation.json").read_text()), directory, seen


def test_the_model_gets_most_of_what_the_true_probabilities_have_over_the_share_clicked(trained):
    # Of so few rows no more can be known; `npm run bench:click-model` asks for nine tenths of 100,000.
    loss = {each["name"]: each["metrics"]["logLoss"] for each in trained[1]["models"]}
    lift = (loss["constant"] - loss["click-model"]) / (loss["constant"] - loss["truth"])
    assert 0.55 < lift < 1


def test_models_are_tested_on_the_latest_quarter_and_what_was_shown_in_one_hour_is_in_one_part(trained, impressions):
    _, evaluation, _, seen = trained
    chosen_by, tested = seen["chosen_by"], seen["tested"]
    assert abs(len(tested) / ROWS - 0.25) < 0.03
    # Whole hours: none of the other rows is as late as the earliest of these.
    begins = pd.Timestamp(tested.hour.min(), tz="UTC")
    assert set(tested.id) == set(impressions.id[impressions.hour >= begins])
    earlier = impressions[impressions.hour < begins]
    assert abs(len(chosen_by) / len(earlier) - 0.25) < 0.04
    assert set(chosen_by.id) == set(earlier.id[earlier.hour >= pd.Timestamp(chosen_by.hour.min(), tz="UTC")])
    assert evaluation["test"] == {
        "rows": len(tested),
        "positives": impressions.click[impressions.hour >= begins].sum(),
        "from": f"{begins:%Y-%m-%dT%H:%M:%SZ}",
        "until": f"{impressions.hour.max():%Y-%m-%dT%H:%M:%SZ}",
    }
    assert evaluation["train"]["rows"] == len(earlier)
    assert evaluation["train"]["until"] < evaluation["test"]["from"]


def test_the_metrics_of_every_model_are_those_of_its_predictions(trained):
    _, evaluation, _, seen = trained
    tested = seen["tested"]
    assert [each["name"] for each in evaluation["models"]] == MODELS
    for each in evaluation["models"]:
        actual, probability = tested.click, tested[each["name"]]
        flagged = probability >= each["threshold"]
        share = np.full(len(actual), actual.mean())
        loss = metrics.log_loss(actual, probability)
        assert each["metrics"] == pytest.approx(
            {
                "averagePrecision": metrics.average_precision_score(actual, probability),
                "rocAuc": metrics.roc_auc_score(actual, probability),
                "logLoss": loss,
                "brier": ((probability - actual) ** 2).mean(),
                "f1": metrics.f1_score(actual, flagged),
                "precision": metrics.precision_score(actual, flagged),
                "recall": metrics.recall_score(actual, flagged),
                "normalisedEntropy": loss / metrics.log_loss(actual, share),
                "calibration": probability.mean() / actual.mean(),
                "accuracy": (flagged == actual).mean(),
            }
        )


def test_beside_the_models_stands_what_saying_the_same_for_all_would_get(trained, impressions):
    _, evaluation, _, seen = trained
    tested = seen["tested"]
    earlier = impressions[~impressions.id.isin(tested.id)]
    assert tested.constant.to_numpy() == pytest.approx(np.full(len(tested), earlier.click.mean()))
    # Fewer than half are clicked.
    assert evaluation["majorityAccuracy"] == pytest.approx(1 - tested.click.mean())


def test_thresholds_are_the_best_of_earlier_impressions_by_models_that_had_not_seen_them(trained, impressions):
    _, evaluation, _, seen = trained
    chosen_by = seen["chosen_by"]
    for each in evaluation["models"]:
        probability = chosen_by[each["name"]]
        f1 = [metrics.f1_score(chosen_by.click, probability >= other) for other in np.unique(probability)[::10]]
        assert metrics.f1_score(chosen_by.click, probability >= each["threshold"]) >= max(f1)
    assert evaluation["threshold"] == evaluation["models"][0]["threshold"] == seen["model"].threshold
    before = impressions[impressions.hour < pd.Timestamp(chosen_by.hour.min(), tz="UTC")]
    assert chosen_by.constant.iloc[0] == pytest.approx(before.click.mean())


def test_the_model_that_is_saved_learned_from_all_rows_and_is_the_latest(spark, contract, trained, impressions):
    result, evaluation, directory, seen = trained
    models = str(directory / "models")
    version = latest_version(spark, models)
    assert result["model"]["version"] == version == evaluation["version"]
    assert result["model"]["trainRows"] == ROWS
    assert result["model"]["positives"] == impressions.click.sum()
    assert result["model"]["metrics"] == evaluation["models"][0]["metrics"]
    model = read_click_model(spark, models, version)
    assert model.trained_until == f"{impressions.hour.max():%Y-%m-%dT%H:%M:%SZ}"
    assert model.base_rate == pytest.approx(impressions.click.mean())
    rows = as_rows(spark, impressions, contract.schema, directory / "again.parquet")
    for name, each in (("read", model), ("trained", seen["model"])):
        rows = with_probability(rows, each).withColumnRenamed("probability", name).drop("model_version")
    scored = rows.select("id", "read", "trained").toPandas().set_index("id")
    assert (scored.read == scored.trained).all()
    # The intercept is not held back, so that of the rows it learned from the model is right on the whole.
    assert scored.read.mean() == pytest.approx(impressions.click.mean(), rel=1e-3)
    assert np.corrcoef(scored.read[impressions.id], impressions.probability)[0, 1] > 0.9


def test_what_is_best_known_of_the_model_are_the_values_that_move_it_most(trained):
    _, evaluation, _, _ = trained
    weights = [abs(each["weight"]) for each in evaluation["topTerms"]]
    assert weights == sorted(weights, reverse=True)
    assert all(each["term"].startswith(("site_id=", "app_id=")) for each in evaluation["topTerms"][:5])


@pytest.mark.runs
def test_the_same_rows_and_seed_give_the_same_model_in_whatever_order_and_however_outcomes_came(
    run_step, trained, impressions, monkeypatch
):
    _, evaluation, first, _ = trained
    # What it is held against takes most of the time, and is no part of it.
    monkeypatch.setattr(train_clicks, "fit_baselines", lambda _, features, __: Baselines(features, (0,), {}))
    result, second = run_step(impressions.sample(frac=1, random_state=1), "shuffled")
    one, other = (json.loads(next((each / "models").glob("*/model.json")).read_text()) for each in (first, second))
    assert {**one, "version": ""} == {**other, "version": ""}
    again = json.loads((second / "models" / result["model"]["version"] / "evaluation.json").read_text())
    assert again["models"] == [each for each in evaluation["models"] if each["name"] in ("click-model", "constant")]


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("unknown", lambda rows: rows.assign(click=None), "needs impressions of at least 3 hours, .* got 0"),
        (
            "two_hours",
            lambda rows: rows[rows.hour <= rows.hour.min() + pd.Timedelta("1h")],
            "at least 3 hours, .* got 2",
        ),
        ("no_clicks", lambda rows: rows.assign(click=0), "at least 10 clicked .* to learn from, got 0 and"),
    ],
)
def test_too_little_to_learn_from_is_skipped_with_the_reason(run_step, impressions, name, change, reason):
    result, directory = run_step(change(impressions.iloc[:600]).astype({"click": "Int64"}), name)
    assert result["rowsOut"] == 0
    assert pd.Series([result["skipped"]]).str.contains(reason).all()
    assert not (directory / "models").exists()
