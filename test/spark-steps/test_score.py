import dataclasses
import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
import score
import xgboost
from listeners import CUTOFFS, FEATURES, HORIZON_DAYS, frame, listeners
from listeners import contract_file as rows_contract

from millrace.contract import read_contract
from millrace.model_store import ServingModel, save_model
from millrace.step import StepError

REASONS = ("reason_1", "reason_2", "reason_3")
THRESHOLD = 0.3


@pytest.fixture(scope="module")
def rows():
    return listeners(users=150)


@pytest.fixture(scope="module")
def booster(rows):
    """A model that XGBoost trained by itself, without Spark."""
    known = rows[rows.churned.notna()]
    matrix = xgboost.DMatrix(known[FEATURES], known.churned.astype(int))
    return xgboost.train({"objective": "binary:logistic", "max_depth": 3, "seed": 1}, matrix, 40)


@pytest.fixture(scope="module")
def model(booster):
    return ServingModel(
        version="20181125T000000Z-abcdef",
        horizon_days=HORIZON_DAYS,
        threshold=THRESHOLD,
        features=tuple(FEATURES),
        typical=(0.25, 0.5, 0.75, None),
        booster=bytes(booster.save_raw("json")).decode(),
    )


@pytest.fixture(scope="module")
def to_score(rows):
    return rows[rows.cutoff == CUTOFFS[-1]].reset_index(drop=True)


@pytest.fixture(scope="module")
def scored(spark, contract_file, to_score, model):
    """Scores of the last cut-off in the order of `to_score`."""
    schema = read_contract(spark, contract_file("churn_scores")).schema
    made = score.scores(frame(spark, to_score), model, schema, datetime(2018, 11, 25, tzinfo=UTC)).toPandas()
    return made.set_index("user_id").loc[to_score.user_id].reset_index()


@pytest.fixture
def step(spark, tmp_path, contract_file, table_name, rows):
    """Runs the step on a table of `rows`; the result, the scores table and the folder of models come with it."""
    features, scores = table_name("features"), table_name("scores")
    frame(spark, rows).writeTo(features).createOrReplace()

    def run(*more):
        arguments = {
            "features-table": features,
            "contract": rows_contract(tmp_path),
            "models": str(tmp_path / "models"),
            "scores-contract": contract_file("churn_scores"),
            "table": scores,
            "result": str(tmp_path / "result.json"),
        }
        score.main([part for name, value in arguments.items() for part in (f"--{name}", value)] + list(more))
        return json.loads((tmp_path / "result.json").read_text())

    run.table, run.features, run.models = scores, features, str(tmp_path / "models")
    return run


def test_probabilities_are_those_of_plain_xgboost(scored, to_score, booster):
    expected = booster.predict(xgboost.DMatrix(to_score[FEATURES]))
    assert np.abs(scored.probability - expected).max() < 1e-6
    assert scored.at_risk.tolist() == (expected >= THRESHOLD).tolist()
    assert 0 < scored.at_risk.sum() < len(scored)


def test_reasons_are_the_features_that_raise_the_risk_most(scored, to_score, booster):
    matrix = xgboost.DMatrix(to_score[FEATURES])
    contributions = booster.predict(matrix, pred_contribs=True)
    # What a contribution means: with the bias they add up to the log-odds.
    assert np.abs(contributions.sum(axis=1) - booster.predict(matrix, output_margin=True)).max() < 1e-5
    fewer = 0
    for row, each in enumerate(contributions[:, :-1]):
        raising = sorted(((value, name) for value, name in zip(each, FEATURES, strict=True) if value > 0), reverse=True)
        expected = [name for _, name in raising[:3]] + [None] * (3 - len(raising))
        assert [scored[reason][row] for reason in REASONS] == expected
        for reason, (value, _) in zip(REASONS, raising, strict=False):
            assert scored[f"{reason}_contribution"][row] == pytest.approx(value, abs=1e-6)
        fewer += len(raising) < 3
    # Both kinds are in the data: listeners with three reasons, and listeners with fewer.
    assert 0 < fewer < len(scored)


def test_a_reason_says_what_is_so_for_this_listener_and_what_is_typical(scored, to_score):
    typical = {"errors": 0.25, "songs": 0.5, "friends": 0.75}
    row = scored.index[scored.reason_1 == "errors"][0]
    assert scored.reason_1_value[row] == pytest.approx(to_score.errors[row])
    assert scored.reason_1_typical[row] == typical["errors"]
    missing = scored.index[scored.reason_3.isna()][0]
    assert scored.loc[missing, ["reason_3_value", "reason_3_typical", "reason_3_contribution"]].isna().all()


def test_a_second_run_replaces_the_scores_of_its_cutoff_and_no_others(spark, step, model, rows):
    save_model(spark, step.models, model, {})
    assert step("--cutoff", str(CUTOFFS[0]))["rowsOut"] == 150
    result = step()
    assert (result["rowsIn"], result["rowsOut"], result["cutoff"]) == (150, 150, str(CUTOFFS[-1]))
    # A listener is gone when the cut-off is scored again.
    frame(spark, rows[rows.user_id != "u0"]).writeTo(step.features).createOrReplace()
    result = step()
    stored = spark.table(step.table).groupBy("cutoff").count().collect()
    assert {row.cutoff: row["count"] for row in stored} == {CUTOFFS[0]: 150, CUTOFFS[-1]: 149}
    assert result["atRisk"] == spark.table(step.table).where(f"at_risk and cutoff = '{CUTOFFS[-1]}'").count()


def test_the_model_trained_last_scores(spark, step, model):
    save_model(spark, step.models, model, {})
    save_model(spark, step.models, dataclasses.replace(model, version="20181126T000000Z-fedcba", threshold=0.0), {})
    result = step()
    assert result["modelVersion"] == "20181126T000000Z-fedcba"
    assert result["atRisk"] == 150


def test_without_a_model_the_table_is_there_and_empty(spark, step):
    result = step()
    assert result == {"rowsIn": 0, "rowsOut": 0, "skipped": "no model to score with: none was trained yet"}
    assert spark.table(step.table).count() == 0


def test_fails_when_the_table_lacks_a_feature_of_the_model(spark, step, model):
    save_model(spark, step.models, dataclasses.replace(model, features=("errors", "songs", "age", "height")), {})
    with pytest.raises(StepError, match=r"must have the model's features, got none named age, height"):
        step()


def test_a_cutoff_nobody_is_at_gets_no_scores(spark, step, model):
    save_model(spark, step.models, model, {})
    assert step("--cutoff", str(date(2000, 1, 1)))["rowsOut"] == 0


def test_auto_asks_for_the_default_cutoff_and_anything_but_a_date_is_refused(capsys):
    required = ["features-table", "contract", "models", "scores-contract", "table", "result"]
    arguments = [part for name in required for part in (f"--{name}", "x")]
    assert score.parse_args([*arguments, "--cutoff", "auto"]).cutoff is None
    assert score.parse_args([*arguments, "--cutoff", "2026-07-01"]).cutoff == date(2026, 7, 1)
    with pytest.raises(SystemExit):
        score.parse_args([*arguments, "--cutoff", "soon"])
    assert "must be a date (YYYY-MM-DD) or auto, got soon" in capsys.readouterr().err
