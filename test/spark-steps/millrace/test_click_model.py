import json
import subprocess
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from impressions import REAL, as_rows, odd_impressions, real_impressions, with_probability
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from millrace.click_model import ClickModel, latest_version, read_click_model, save_click_model
from millrace.click_terms import text_of
from millrace.contract import read_contract
from millrace.step import StepError

ROOT = Path(__file__).resolve().parents[3]
# Scores impressions, one JSON object a line, as the function that scores single ones does.
SCORE = """
const { readFileSync } = await import('node:fs');
const { readModel, probabilityOf } = await import('./lambdas/score-impressions/model.ts');
const [model, impressions] = process.argv.slice(1).map((file) => readFileSync(file, 'utf8'));
const read = readModel(model);
for (const line of impressions.trimEnd().split('\\n')) console.log(probabilityOf(read, JSON.parse(line)));
"""


@pytest.fixture(scope="module")
def impressions(spark, contract_file):
    return read_contract(spark, contract_file("ad_impressions"))


@pytest.fixture
def random_model(impressions):
    """A model that knows every column, alone and crossed, with a weight in almost every bucket."""
    columns = [*impressions.columns_with_role("feature"), "hour_of_day", "day_of_week"]
    crossed = [("site_id", "app_id"), ("hour_of_day", "day_of_week", "c20")]
    dice = np.random.default_rng(1)
    buckets = 2**12
    weights = dice.normal(0, 0.5, buckets - 5)
    indexes = dice.permutation(buckets)[: len(weights)]
    terms = tuple((name,) for name in columns) + tuple(crossed)
    return ClickModel("v1", "2014-10-21T23:00:00+00:00", buckets, terms, -1.5, indexes, weights, 0.3, 0.17)


def in_typescript(rows: DataFrame, contract, model: ClickModel, directory: Path) -> list[float]:
    """The same rows as messages, by id in order, scored by the function."""
    messages = rows.orderBy("id").select(
        *[
            (F.unix_millis(field.name) if field.name == "hour" else F.col(field.name)).alias(field.metadata["source"])
            for field in contract.schema
        ]
    )
    file = directory / "impressions.jsonl"
    lines = messages.select(F.to_json(F.struct("*"), {"ignoreNullFields": "false"}))
    file.write_text("".join(f"{line}\n" for (line,) in lines.collect()), encoding="utf-8")
    command = ["node", "--import", "tsx", "--input-type=module", "-e", SCORE]
    files = [str(directory / model.version / "model.json"), str(file)]
    scored = subprocess.run([*command, *files], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return [float(line) for line in scored.stdout.split()]


def in_both(spark, rows: DataFrame, contract, model: ClickModel, directory: Path) -> tuple[list[float], list[float]]:
    save_click_model(spark, str(directory), model, {})
    read = read_click_model(spark, str(directory), model.version)
    here = [row.probability for row in with_probability(rows, read).orderBy("id").select("probability").collect()]
    return here, in_typescript(rows, contract, model, directory)


@pytest.mark.skipif(not REAL.exists(), reason="the published impressions are not in ../shared/data")
def test_spark_and_typescript_give_10_000_real_impressions_the_same_probability(
    spark, impressions, random_model, tmp_path
):
    rows = as_rows(spark, real_impressions(10_000), impressions.schema, tmp_path / "rows.parquet")
    here, there = in_both(spark, rows, impressions, random_model, tmp_path)
    assert len(set(here)) > 9_000
    assert here == pytest.approx(there, abs=1e-9, rel=0)


def test_spark_and_typescript_give_odd_values_the_same_probability(spark, impressions, random_model, tmp_path):
    odd = odd_impressions(500, impressions.schema, seed=1)
    rows = spark.createDataFrame([tuple(row.values()) for row in odd], impressions.schema)
    here, there = in_both(spark, rows, impressions, random_model, tmp_path)
    assert len(set(here)) > 490
    assert here == pytest.approx(there, abs=1e-9, rel=0)


def test_a_probability_is_that_of_the_intercept_and_the_weights_of_the_terms(spark, random_model):
    rows = spark.createDataFrame([("Ü", 7), (None, 7)], "site_id string, c1 int")
    texts = ["site_id=Ü", "c1=7\x1fsite_id=Ü", "site_id=", "c1=7\x1fsite_id="]
    indexes = np.array([zlib.crc32(text.encode()) % 2**20 for text in texts])
    terms, weights = (("site_id",), ("c1", "site_id")), np.array([0.5, 0.25, -3, -4])
    model = replace(random_model, terms=terms, buckets=2**20, intercept=-1.0, indexes=indexes, weights=weights)
    scored = with_probability(rows, model).collect()
    expected = [1 / (1 + np.exp(0.25)), 1 / (1 + np.exp(8))]
    assert [row.probability for row in scored] == pytest.approx(expected, rel=1e-15)
    assert [row.model_version for row in scored] == ["v1", "v1"]


def test_a_margin_beyond_what_a_double_holds_is_a_probability_of_0_or_1(spark, random_model):
    rows = spark.createDataFrame([("a",)], "site_id string")
    model = replace(random_model, terms=(("site_id",),), indexes=np.array([], int), weights=np.array([]))
    assert with_probability(rows, replace(model, intercept=-800.0)).first().probability == 0
    assert with_probability(rows, replace(model, intercept=800.0)).first().probability == 1


def test_the_hour_s_parts_are_those_of_utc_whatever_the_session_s_time_zone(spark, random_model):
    sunday = datetime(2014, 10, 26, 5, tzinfo=UTC)
    rows = spark.createDataFrame(pd.DataFrame({"hour": [sunday]}))
    zone = spark.conf.get("spark.sql.session.timeZone")
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    try:
        read = rows.select(text_of(("hour_of_day", "day_of_week"))).first()[0]
    finally:
        spark.conf.set("spark.sql.session.timeZone", zone)
    assert read == "hour_of_day=5\x1fday_of_week=0"


def test_a_model_is_read_as_it_was_saved_and_is_the_latest(spark, random_model, tmp_path):
    assert latest_version(spark, str(tmp_path)) is None
    save_click_model(spark, str(tmp_path), random_model, {"rows": 1})
    save_click_model(spark, str(tmp_path), replace(random_model, version="v2", intercept=0.1), {"rows": 2})
    assert latest_version(spark, str(tmp_path)) == "v2"
    assert json.loads((tmp_path / "v2" / "evaluation.json").read_text()) == {"rows": 2}
    read = read_click_model(spark, str(tmp_path), "v1")
    assert (read.indexes.tolist(), read.weights.tolist()) == (
        random_model.indexes.tolist(),
        random_model.weights.tolist(),
    )
    assert replace(read, indexes=None, weights=None) == replace(random_model, indexes=None, weights=None)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format": 2}, "format must be 1, got 2"),
        ({"buckets": 100}, "buckets must be a power of two, got 100"),
        ({"weights": ""}, "weights must be as many as indexes, 4091, got 0"),
        ({"buckets": 16}, "indexes must be below 16, got 4095"),
        ({"terms": None}, "not iterable"),
    ],
)
def test_fails_when_a_file_is_no_model(spark, random_model, tmp_path, changed, message):
    save_click_model(spark, str(tmp_path), random_model, {})
    file = tmp_path / "v1" / "model.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changed))
    with pytest.raises(StepError, match=f"click model must be of format 1, got .*{message}"):
        read_click_model(spark, str(tmp_path), "v1")


def test_fails_when_there_is_no_such_model(spark, tmp_path):
    with pytest.raises(StepError, match=r"click model must be a file, got .*v9/model\.json"):
        read_click_model(spark, str(tmp_path), "v9")
