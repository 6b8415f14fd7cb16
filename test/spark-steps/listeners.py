"""Made-up listeners whose churn follows a known rule, as rows of a features table."""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame, SparkSession

HORIZON_DAYS = 10
# Seven labelled cut-offs, every five days, and the one to score.
CUTOFFS = [date(2018, 10, 11) + timedelta(days=5 * number) for number in range(8)]
FEATURES = ["errors", "songs", "friends", "empty"]
LABELS = {"errors": "errors an hour", "songs": "songs a visit"}
SCHEMA = "user_id string, cutoff date, churned int, " + ", ".join(f"{name} double" for name in FEATURES)


def listeners(users: int = 400, seed: int = 1) -> pd.DataFrame:
    """Errors drive listeners away, songs keep them a little, friends do nothing; `probability` is the truth.

    A tenth of the values of `songs` is missing, and all of `empty`.
    """
    random = np.random.default_rng(seed)
    rows = pd.DataFrame(
        [(f"u{user}", cutoff) for user in range(users) for cutoff in CUTOFFS], columns=["user_id", "cutoff"]
    )
    errors, songs, friends = random.normal(size=(3, len(rows)))
    rows["probability"] = 1 / (1 + np.exp(-(-2.5 + 1.8 * errors - 0.5 * songs)))
    drawn = (random.random(len(rows)) < rows.probability).astype(int)
    rows["churned"] = drawn.astype(object).where(rows.cutoff < CUTOFFS[-1], None)
    rows["errors"], rows["friends"], rows["empty"] = errors, friends, np.nan
    rows["songs"] = np.where(random.random(len(rows)) < 0.1, np.nan, songs)
    return rows


def frame(spark: SparkSession, rows: pd.DataFrame) -> DataFrame:
    """The rows as a features table has them; a missing value is a NaN, as Python writes it."""
    columns = ["user_id", "cutoff", "churned", *FEATURES]
    return spark.createDataFrame(rows[columns].astype(object).values.tolist(), SCHEMA)


def contract_file(directory: Path) -> str:
    """The contract of these rows, as `millrace contract NAME --as spark` would print it."""
    columns = [("user_id", "string", "key"), ("cutoff", "date", "key"), ("churned", "integer", "label")]
    columns += [(name, "double", "feature") for name in FEATURES]
    fields = [
        {
            "name": name,
            "type": kind,
            "nullable": True,
            "metadata": {"role": role, **({"label": LABELS[name]} if name in LABELS else {})},
        }
        for name, kind, role in columns
    ]
    struct = {"type": "struct", "fields": fields}
    empty = {"type": "struct", "fields": []}
    file = directory / "user_features.json"
    about = {"name": "user_features", "description": "", "key": ["user_id", "cutoff"], "checks": []}
    file.write_text(json.dumps({**about, "schema": struct, "kafka": empty, "quarantine": empty, "staging": empty}))
    return str(file)


def truth_file(directory: Path, rows: pd.DataFrame) -> str:
    """The true probabilities as the generator writes them, and those of another horizon, which are not asked for."""
    file = directory / "truth.jsonl"
    lines = [
        {"userId": row.user_id, "cutoff": str(row.cutoff), "horizonDays": days, "probability": value}
        for row in rows.itertuples()
        for days, value in ((HORIZON_DAYS, row.probability), (30, 0.5))
    ]
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return str(file)
