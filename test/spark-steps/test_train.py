import json
import re
from datetime import timedelta

import numpy as np
import pytest
import train
import xgboost
from listeners import CUTOFFS, FEATURES, HORIZON_DAYS, contract_file, frame, listeners, truth_file
from sklearn.metrics import roc_auc_score

from millrace.contract import read_contract
from millrace.model_rows import labelled_rows
from millrace.model_split import split_cutoffs

SEED = 7
MODELS = ["xgboost", "random-forest", "logistic-regression"]
SPLIT = split_cutoffs(CUTOFFS[:-1], HORIZON_DAYS)


def run_step(spark, directory, rows, table, *more):
    frame(spark, rows).writeTo(table).createOrReplace()
    arguments = {
        "features-table": table,
        "contract": contract_file(directory),
        "models": str(directory / "models"),
        "horizon-days": str(HORIZON_DAYS),
        "seed": str(SEED),
        "result": str(directory / "result.json"),
    }
    train.main([part for name, value in arguments.items() for part in (f"--{name}", value)] + list(more))
    return json.loads((directory / "result.json").read_text())


def predicted(spark, rows):
    """What models that never saw a listener predict for that listener, in one order."""
    ready = (
        labelled_rows(frame(spark, rows), FEATURES, train.LABEL, SEED).repartition(1).sortWithinPartitions("user_id")
    )
    predictions = train.out_of_fold(ready.persist(), FEATURES, SPLIT, 1, SEED).toPandas()
    return predictions.sort_values(["user_id", "cutoff"], ignore_index=True)


@pytest.fixture(scope="module")
def rows():
    return listeners()


@pytest.fixture(scope="module")
def trained(spark, tmp_path_factory, rows):
    """One run of the step on listeners whose truth is known: its result, its evaluation, and the folder of models."""
    directory = tmp_path_factory.mktemp("trained")
    truth = truth_file(directory, rows)
    result = run_step(spark, directory, rows, "lake.tests.trained_on", "--truth", truth)
    folder = directory / "models" / result["model"]["version"]
    return result, json.loads((folder / "evaluation.json").read_text()), directory / "models"


@pytest.fixture(scope="module")
def predictions(spark, rows):
    return predicted(spark, rows)


def test_the_feature_that_drives_listeners_away_is_found(trained):
    _, evaluation, _ = trained
    assert [row["feature"] for row in evaluation["importances"][:2]] == ["errors", "songs"]
    assert evaluation["importances"][0]["label"] == "errors an hour"
    assert evaluation["importances"][0]["importance"] > 3 * evaluation["importances"][2]["importance"]
    assert evaluation["importances"][-1] == {"feature": "empty", "label": "empty", "importance": 0}


def test_every_model_and_the_truth_are_measured_on_the_same_rows(trained, rows):
    result, evaluation, _ = trained
    assert [model["name"] for model in evaluation["models"]] == [*MODELS, "truth"]
    auc = {model["name"]: model["metrics"]["rocAuc"] for model in evaluation["models"]}
    tested = rows[rows.cutoff.isin(SPLIT.test_cutoffs)]
    exact = roc_auc_score(tested.churned.astype(int), tested.probability)
    assert auc["truth"] == pytest.approx(exact, abs=1e-9)
    # Nothing beats the truth but by chance, and a model of so simple a rule comes near it.
    for name in MODELS:
        assert exact - 0.06 < auc[name] < exact + 0.02, name
    assert evaluation["test"]["rows"] == len(tested) == 1200
    assert evaluation["test"]["positives"] == tested.churned.sum()
    assert result["model"]["metrics"] == evaluation["models"][0]["metrics"]


def test_probabilities_can_be_believed(trained, rows):
    _, evaluation, _ = trained
    bins = evaluation["calibration"]
    expected = rows[rows.cutoff.isin(SPLIT.test_cutoffs)].probability
    learned_from = rows[rows.cutoff.isin(SPLIT.train_cutoffs)].probability
    deviation = np.sqrt((learned_from * (1 - learned_from)).sum())
    assert abs(sum(each["predicted"] * each["rows"] for each in bins) - expected.sum()) < 2 * deviation
    assert bins[-1]["observed"] > 5 * max(bins[0]["observed"], 0.01)


def test_the_confusion_and_the_contacts_count_every_test_row(trained):
    _, evaluation, _ = trained
    confusion, test = evaluation["confusion"], evaluation["test"]
    assert sum(confusion.values()) == test["rows"]
    assert confusion["truePositives"] + confusion["falseNegatives"] == test["positives"]
    at_threshold = [row for row in evaluation["contacts"] if row["threshold"] == evaluation["threshold"]]
    assert [row["contacted"] for row in at_threshold] == [confusion["truePositives"] + confusion["falsePositives"]]
    assert evaluation["contacts"][-1]["contacted"] == test["rows"]
    assert evaluation["contacts"][-1]["recall"] == 1


def test_training_labels_end_before_the_first_test_cutoff(trained):
    _, evaluation, _ = trained
    last = max(evaluation["train"]["cutoffs"])
    assert evaluation["test"]["cutoffs"] == [str(cutoff) for cutoff in CUTOFFS[4:7]]
    assert last == str(CUTOFFS[4] - timedelta(days=HORIZON_DAYS)) == str(CUTOFFS[2])


def test_the_served_model_learned_from_every_labelled_row_and_is_plain_xgboost(trained, rows):
    result, _, models = trained
    version = json.loads((models / "latest.json").read_text())["version"]
    assert result["model"]["version"] == version
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{6}", version)
    labelled = rows[rows.churned.notna()]
    assert (result["model"]["trainRows"], result["model"]["positives"]) == (len(labelled), labelled.churned.sum())
    booster = xgboost.Booster(model_file=models / version / "model.json")
    assert booster.feature_names == FEATURES
    serving = json.loads((models / version / "serving.json").read_text())
    assert serving["horizonDays"] == HORIZON_DAYS
    medians = {feature["name"]: feature["typical"] for feature in serving["features"]}
    assert medians["empty"] is None
    assert medians["songs"] == pytest.approx(labelled.songs.median(), abs=0.01)


@pytest.mark.runs
def test_labels_after_the_training_cutoffs_change_no_prediction(spark, rows, predictions):
    """So neither models nor threshold can know what they are tested on. It also shows that training repeats exactly."""
    turned = rows.copy()
    later = rows.churned.notna() & ~rows.cutoff.isin(SPLIT.train_cutoffs)
    turned.loc[later, "churned"] = 1 - turned.loc[later, "churned"]
    again = predicted(spark, turned)
    assert (again[["user_id", "cutoff"]] == predictions[["user_id", "cutoff"]]).all(axis=None)
    assert again.churned.tolist() != predictions.churned.tolist()
    for model in MODELS:
        assert again[model].tolist() == predictions[model].tolist(), model


def test_listeners_that_a_model_is_tested_on_are_strangers_to_it(spark):
    """Every listener has features and a label of their own that never change and have nothing to do with each other.

    Whoever has seen a listener knows the answer; to a stranger it is a coin toss.
    """
    random = np.random.default_rng(3)
    rows = listeners(users=300)
    listener = rows.user_id.str[1:].astype(int).to_numpy()
    for name in ("errors", "songs", "friends"):
        rows[name] = random.normal(size=300)[listener]
    label = (random.random(300) < 0.3).astype(int)[listener]
    rows["churned"] = np.where(rows.churned.isna(), None, label)
    predictions = predicted(spark, rows)
    per_listener = predictions.groupby("user_id").mean(numeric_only=True)
    # The standard deviation of an AUC of 300 listeners, 90 of them positive, is about 0.036.
    for model in MODELS:
        assert abs(roc_auc_score(per_listener.churned, per_listener[model]) - 0.5) < 0.11, model


def test_a_truth_that_does_not_cover_every_row_is_left_out(spark, tmp_path, rows, predictions, capsys):
    partial = truth_file(tmp_path, rows[rows.user_id != "u1"])
    table = spark.createDataFrame(predictions)
    collected = train.collected(train.with_truth(table, partial, HORIZON_DAYS))
    assert "truth" not in collected
    assert len(collected) == len(predictions)
    assert "true probabilities left out: they cover 2394 of 2400 rows" in capsys.readouterr().out


def test_too_few_churned_rows_train_no_model_and_are_no_failure(spark, tmp_path, rows, table_name):
    few = rows[rows.user_id.isin([f"u{user}" for user in range(20)])].copy()
    churned = few.index[few.churned == 1]
    few.loc[churned[2:], "churned"] = 0
    result = run_step(spark, tmp_path, few, table_name())
    assert result == {"rowsIn": 140, "rowsOut": 0, "skipped": "needs at least 20 churned rows, got 2"}
    assert not (tmp_path / "models").exists()


def test_the_real_contract_has_features_to_learn_from(spark, contract_file):
    contract = read_contract(spark, contract_file("user_features"))
    assert len(contract.columns_with_role("feature")) > 20
    assert contract.columns_with_role("label") == [train.LABEL]
