"""Writes what the warehouse loads of ad clicks, as gzipped CSV in OUT/TABLE/: hours, and the quality of predictions.

Hours are computed first, from impressions, what became of them and what was predicted, and replace their lake table.
"""

import argparse
from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from millrace import step
from millrace.click_rows import last_outcomes
from millrace.contract import read_contract
from millrace.exports import existing_table, export_tables
from millrace.tables import replace_rows


def click_hours(impressions: DataFrame, outcomes: DataFrame, predictions: DataFrame) -> DataFrame:
    """A row an hour in which ads were shown.

    An impression that was just scored is in the predictions before it is landed itself: both say that it was shown. Of
    what was predicted of it twice the latest counts.
    """
    predicted = predictions.groupBy("id").agg(
        F.max("hour").alias("predicted_hour"), F.max_by("probability", "predicted_at").alias("probability")
    )
    shown = (
        impressions.select("id", "hour", "click")
        .join(predicted, on="id", how="full_outer")
        .join(last_outcomes(outcomes), on="id", how="left")
        .withColumn("click", F.coalesce("click", "outcome"))
    )
    return shown.groupBy(F.date_trunc("hour", F.coalesce("hour", "predicted_hour")).alias("hour")).agg(
        F.count("*").alias("impressions"),
        F.count("click").alias("labelled"),
        F.coalesce(F.sum("click"), F.lit(0)).alias("clicks"),
        F.count("probability").alias("predictions"),
        F.avg("probability").alias("mean_probability"),
    )


def main(argv: Sequence[str] | None = None) -> None:
    args = parse_args(argv)
    spark = step.session("export_clicks")
    impressions = existing_table(spark, "impressions-table", args.impressions_table)
    outcomes = existing_table(spark, "outcomes-table", args.outcomes_table)
    predictions = existing_table(spark, "predictions-table", args.predictions_table)
    quality = existing_table(spark, "quality-table", args.quality_table)
    contract = read_contract(spark, args.hours_contract)
    replace_rows(click_hours(impressions, outcomes, predictions), contract, args.hours_table)
    exports = [(contract, spark.table(args.hours_table)), (read_contract(spark, args.quality_contract), quality)]
    rows = export_tables(exports, args.out)
    step.write_result(
        spark, args.result, {"rowsIn": impressions.count(), "rowsOut": sum(rows.values()), "tables": rows}
    )


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--impressions-table", required=True, help="such as lake.millrace.ad_impressions")
    parser.add_argument("--outcomes-table", required=True, help="what became of them")
    parser.add_argument("--predictions-table", required=True, help="written by score_clicks.py")
    parser.add_argument("--quality-table", required=True, help="written by score_clicks.py")
    parser.add_argument("--quality-contract", required=True, help="`millrace contract click_quality --as spark`")
    parser.add_argument("--hours-table", required=True, help="replaced, such as lake.millrace.click_hours")
    parser.add_argument("--hours-contract", required=True, help="`millrace contract click_hours --as spark`")
    parser.add_argument("--out", required=True, help="folder or URI; a folder a table is replaced in it")
    parser.add_argument("--result", required=True, help="file or URI for the result: rowsIn, rowsOut, tables")
    return parser.parse_args(argv)


if __name__ == "__main__":
    step.run(main)
