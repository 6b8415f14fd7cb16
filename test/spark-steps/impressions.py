"""Ad impressions for the tests: real ones where they are there, and generated ones with odd values."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from millrace.click_model import ClickModel, probability_of

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "avazu" / "clicks-16000.csv.gz"
REAL_COLUMNS = [
    *("row", "id", "click", "hour", "c1", "banner_pos", "site_id", "site_domain", "site_category", "app_id"),
    *("app_domain", "app_category", "device_id", "device_ip", "device_model", "device_type", "device_conn_type"),
    *("c14", "c15", "c16", "c17", "c18", "c19", "c20", "c21"),
]
HOUR = datetime(2014, 10, 21, 23, tzinfo=UTC)
ODD_TEXTS = [None, "", "a", "Ünïcödé", "日本", "🎧 and more", "a\x1fb=c", "=", "'\"\\", "x" * 300]
ODD_NUMBERS = [None, 0, 1, -1, 1005, 2**31 - 1, -(2**31)]


def real_impressions(rows: int) -> pd.DataFrame:
    """The first of the published rows, in the columns of `ad_impressions`."""
    read = pd.read_csv(REAL, names=REAL_COLUMNS, nrows=rows, dtype={"id": str}, keep_default_na=False)
    return read.drop(columns="row").assign(hour=pd.to_datetime(read.hour, format="mixed", utc=True))


def as_rows(spark: SparkSession, impressions: pd.DataFrame, schema: StructType, file: Path) -> DataFrame:
    """The same in Spark, by a file: some thousand rows are a matter of seconds otherwise."""
    impressions.to_parquet(file, coerce_timestamps="us")
    return spark.read.parquet(str(file)).select(*[F.col(each.name).cast(each.dataType) for each in schema])


def with_probability(rows: DataFrame, model: ClickModel) -> DataFrame:
    """Adds `probability` of a click and `model_version` to rows that have the columns of `ad_impressions`."""
    return rows.withColumn("probability", probability_of(model)).withColumn("model_version", F.lit(model.version))


def odd_impressions(rows: int, schema: StructType, seed: int) -> list[dict[str, Any]]:
    """Rows of values that a hash, a file or a language might take for something else."""
    dice = random.Random(seed)
    hours = [HOUR, datetime(2000, 1, 1, tzinfo=UTC), datetime(2016, 2, 29, 12, 59, 59, tzinfo=UTC)]
    odd = {"string": ODD_TEXTS, "int": ODD_NUMBERS, "timestamp": hours}
    return [
        {field.name: dice.choice(odd[field.dataType.simpleString()]) for field in schema} | {"id": f"{at}"}
        for at in range(rows)
    ]


def known_impressions(rows: int, seed: int, hours: int = 24) -> pd.DataFrame:
    """Impressions whose `probability` of a click is known: by site, app, banner and hour, and by nothing else.

    A few sites have most of the impressions, as in life; devices are noise, and there are as many as impressions.
    """
    dice = np.random.default_rng(seed)
    sites, apps = dice.zipf(1.5, rows) % 200, dice.integers(0, 20, rows)
    effect_of_site, effect_of_app = dice.normal(0, 1.0, 200), dice.normal(0, 0.6, 20)
    banners, hour = dice.integers(0, 3, rows), np.sort(dice.integers(0, hours, rows))
    margin = -1.8 + effect_of_site[sites] + effect_of_app[apps] + 0.5 * banners + 0.4 * np.sin(hour / 4)
    probability = 1 / (1 + np.exp(-margin))
    noise = {f"c{number}": dice.integers(0, 30, rows) for number in (1, *range(14, 22))}
    return pd.DataFrame(
        {
            "id": [f"i{at}" for at in range(rows)],
            "click": dice.binomial(1, probability),
            "hour": pd.Timestamp(HOUR) + pd.to_timedelta(hour, unit="h"),
            "banner_pos": banners,
            "site_id": [f"site-{at}" for at in sites],
            "app_id": [f"app-{at}" for at in apps],
            **dict.fromkeys(("site_domain", "site_category", "app_domain", "app_category"), "same"),
            "device_id": "none",
            "device_ip": [f"ip-{at}" for at in dice.integers(0, rows, rows)],
            "device_model": [f"model-{at}" for at in dice.integers(0, 300, rows)],
            **dict.fromkeys(("device_type", "device_conn_type"), 1),
            **noise,
            "probability": probability,
        }
    )
