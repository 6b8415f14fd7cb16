"""Scores the listeners of one cut-off with the model trained last, and says what speaks most for each score."""

import argparse
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import xgboost
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from millrace import step
from millrace.contract import Contract, read_contract
from millrace.cutoffs import AUTO
from millrace.model_rows import KEY, check_features, number
from millrace.model_store import ServingModel, latest_model
from millrace.tables import ensure_table

REASONS = 3
REASON_SCHEMA = "reason_{0} string, reason_{0}_value double, reason_{0}_typical double, reason_{0}_contribution double"
EXPLAINED = ", ".join(
    ["user_id string, cutoff date, probability double", *[REASON_SCHEMA.format(rank + 1) for rank in range(REASONS)]]
)


def explained(rows: DataFrame, model: ServingModel) -> DataFrame:
    """The churn probability of each row, and the features that raise it most, the strongest first.

    A reason is a feature whose SHAP value is positive; where there are fewer than three, the rest is null.
    """
    booster_json = rows.sparkSession.sparkContext.broadcast(model.booster)
    features, typical = list(model.features), [np.nan if each is None else each for each in model.typical]

    # Within this function, and with nothing of ours in it: executors have the libraries, but not this package.
    def explain(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        booster = xgboost.Booster({"nthread": 1}, model_file=bytearray(booster_json.value, "utf-8"))
        for batch in batches:
            values = batch[features].to_numpy(dtype=float)
            matrix = xgboost.DMatrix(values, feature_names=features)
            columns = {name: batch[name] for name in ("user_id", "cutoff")}
            columns["probability"] = booster.predict(matrix).astype(float)
            # The last column is the bias, which is nobody's reason.
            contributions = booster.predict(matrix, pred_contribs=True)[:, :-1].astype(float)
            strongest = np.argsort(-contributions, axis=1, kind="stable")
            every = np.arange(len(batch))
            for rank in range(REASONS):
                chosen = strongest[:, rank] if rank < len(features) else strongest[:, 0]
                raises = (contributions[every, chosen] > 0) & (rank < len(features))
                columns[f"reason_{rank + 1}"] = np.where(raises, np.array(features, dtype=object)[chosen], None)
                columns[f"reason_{rank + 1}_value"] = np.where(raises, values[every, chosen], np.nan)
                columns[f"reason_{rank + 1}_typical"] = np.where(raises, np.array(typical)[chosen], np.nan)
                columns[f"reason_{rank + 1}_contribution"] = np.where(raises, contributions[every, chosen], np.nan)
            yield pd.DataFrame(columns)

    return rows.select(*KEY, *map(number, features)).mapInPandas(explain, EXPLAINED)


def scores(rows: DataFrame, model: ServingModel, schema: StructType, scored_at: datetime) -> DataFrame:
    """Rows of the scores table, in the columns and types of its contract."""
    threshold = F.lit(model.threshold)
    made = explained(rows, model).withColumns(
        {
            "horizon_days": F.lit(model.horizon_days),
            "threshold": threshold,
            "at_risk": F.col("probability") >= threshold,
            "model_version": F.lit(model.version),
            "scored_at": F.lit(scored_at),
        }
    )
    return made.select(*[F.col(field.name).cast(field.dataType).alias(field.name) for field in schema])


def score(spark: SparkSession, args: argparse.Namespace, contract: Contract) -> dict[str, Any]:
    """Replaces the scores of one cut-off; returns the step's result."""
    ensure_table(spark, args.table, contract.schema, partitioned_by="cutoff", description=contract.description)
    table = spark.table(args.features_table)
    cutoff = args.cutoff or table.agg(F.max("cutoff")).first()[0]
    if cutoff is None:
        return {"rowsIn": 0, "rowsOut": 0, "skipped": "no listeners to score: the features table is empty"}
    model = latest_model(spark, args.models)
    if model is None:
        return {"rowsIn": 0, "rowsOut": 0, "skipped": "no model to score with: none was trained yet"}
    check_features(table, model.features)

    rows = table.where(F.col("cutoff") == F.lit(cutoff))
    made = scores(rows, model, contract.schema, datetime.now(UTC)).persist()
    probability = F.col("probability")
    in_bounds = F.count_if(probability.between(0, 1))
    total, good, at_risk = made.agg(F.count("*"), in_bounds, F.count_if("at_risk")).first()
    if good != total:
        raise RuntimeError(f"probabilities must be from 0 to 1, got {total - good} of {total} that are not")
    made.writeTo(args.table).overwrite(F.col("cutoff") == F.lit(cutoff))
    step.progress(total, total=total, note=f"{at_risk} listeners at risk at {cutoff}")
    return {"rowsIn": total, "rowsOut": total, "atRisk": at_risk, "cutoff": str(cutoff), "modelVersion": model.version}


def main(argv: Sequence[str] | None = None) -> None:
    args = parse_args(argv)
    spark = step.session("score")
    result = score(spark, args, read_contract(spark, args.scores_contract))
    if "skipped" in result:
        step.progress(0, note=result["skipped"])
    step.write_result(spark, args.result, result)


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features-table", required=True)
    parser.add_argument("--contract", required=True, help="contract of the features table")
    parser.add_argument("--models", required=True, help="URI of the folder of trained models")
    parser.add_argument("--scores-contract", required=True, help="contract of the scores table")
    parser.add_argument("--table", required=True, help="scores table; the scores of the cut-off are replaced")
    parser.add_argument(
        "--cutoff", type=cutoff_or_auto, help="default or auto: the latest cut-off of the features table"
    )
    parser.add_argument("--result", required=True)
    return parser.parse_args(argv)


def cutoff_or_auto(text: str) -> date | None:
    try:
        return None if text == AUTO else date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a date (YYYY-MM-DD) or {AUTO}, got {text}") from None


if __name__ == "__main__":
    step.run(main)
