import json

import numpy as np
import pandas as pd
import pytest
import train_clicks
from impressions import as_rows, known_impressions

from millrace.click_model import latest_version, read_click_model, with_probability
from millrace.contract import read_contract

SEED = 7
ROWS = 6_000
MODELS = ["click-model", "logistic-regression", "decision-tree", "random-forest", "constant", "truth"]


@pytest.fixture(scope="module")
def contract(spark, contract_file):
    return read_contract(spark, contract_file("ad_impressions"))


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
    """One run on impressions whose truth is known, a third of whose outcomes came later."""
    truth = tmp_path_factory.mktemp("truth") / "truth.jsonl"
    impressions[["id", "probability"]].to_json(truth, orient="records", lines=True)
    came_later = np.arange(ROWS) % 3 == 0
    history = impressions.assign(click=impressions.click.astype("Int64").mask(came_later))
    outcomes = impressions[came_later][["id", "click"]]
    result, directory = run_step(history, "known", "--truth", str(truth), outcomes=outcomes)
    folder = directory / "models" / result["model"]["version"]
    return result, json.loads((folder / "evaluation.json").read_text()), directory


def test_the_model_gets_most_of_what_the_true_probabilities_have_over_the_share_clicked(trained):
    # Of so few rows no more can be known; the bench holds 100,000 to nine tenths.
    loss = {each["name"]: each["metrics"]["logLoss"] for each in trained[1]["models"]}
    lift = (loss["constant"] - loss["click-model"]) / (loss["constant"] - loss["truth"])
    assert 0.65 < lift < 1


def test_every_model_is_measured_on_the_latest_quarter(trained, impressions):
    _, evaluation, _ = trained
    assert [each["name"] for each in evaluation["models"]] == MODELS
    tested = impressions[impressions.hour >= pd.Timestamp(evaluation["test"]["from"])]
    assert len(tested) == evaluation["test"]["rows"]
    assert abs(len(tested) / ROWS - 0.25) < 0.03
    assert evaluation["train"]["rows"] + len(tested) == ROWS
    assert evaluation["train"]["until"] < evaluation["test"]["from"]
    share = tested.click.mean()
    assert evaluation["majorityAccuracy"] == pytest.approx(1 - share)
    truth = evaluation["models"][-1]["metrics"]
    assert truth["brier"] == pytest.approx(((tested.probability - tested.click) ** 2).mean())
    assert truth["calibration"] == pytest.approx(tested.probability.mean() / share)


def test_terms_that_tell_nothing_are_told_from_those_that_do(trained):
    spread = {"*".join(each["term"]): each["spread"] for each in trained[1]["priors"]}
    told = min(spread["site_id"], spread["app_id"], spread["banner_pos"])
    assert told > 2 * max(spread["device_ip"], spread["device_model"], spread["c14"], spread["c20"])
    assert all(each["term"].startswith(("site_id=", "app_id=")) for each in trained[1]["topTerms"][:5])


def test_the_model_that_is_saved_learned_from_all_rows_and_is_the_latest(spark, contract, trained, impressions):
    result, evaluation, directory = trained
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
    scored = with_probability(rows, model).select("id", "probability").toPandas().set_index("id").probability
    # The intercept is not held back, so that of the rows it learned from the model is right on the whole.
    assert scored.mean() == pytest.approx(impressions.click.mean(), rel=1e-3)
    assert np.corrcoef(scored[impressions.id], impressions.probability)[0, 1] > 0.95


def test_the_same_rows_and_seed_give_the_same_model(run_step, impressions):
    few = impressions.iloc[::4]
    _, first = run_step(few, "first")
    # In another order, and as other files.
    _, second = run_step(few.sample(frac=1, random_state=1), "second")
    one, other = (json.loads(next((each / "models").glob("*/model.json")).read_text()) for each in (first, second))
    assert {**one, "version": ""} == {**other, "version": ""}


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
