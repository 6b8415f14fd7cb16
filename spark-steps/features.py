"""Features of each listener at each cut-off, with the label: who cancels within the horizon after it.

Reads the events table and replaces the whole features table: its rows are those of the scoring cut-off and of the
training cut-offs before it, so that it depends on events and arguments alone and a second run changes nothing.
Nothing at or after the scoring cut-off is read, labels included: a run for a past date knows what was known then.
"""

import argparse
from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from millrace import step
from millrace.contract import read_contract
from millrace.cutoffs import STILL_THERE_DAYS, all_training_cutoffs, scoring_cutoff
from millrace.feature_columns import days_since, feature_columns
from millrace.history import CANCELLED, dates, heard, histories, session_days
from millrace.tables import ensure_table


def user_features(events: DataFrame, cutoffs: Sequence[date], *, users_still_there: bool = True) -> DataFrame:
    """One row a listener and cut-off, from the events before the cut-off alone; feature columns are never null.

    `users_still_there` leaves out who cancelled before the cut-off or was silent for STILL_THERE_DAYS; without it, a
    cut-off after the last event gives the figures of whole histories.
    """
    listeners = events.where(F.col("user_id").isNotNull())
    history = histories(session_days(listeners), cutoffs).join(heard(listeners, cutoffs), ["user_id", "cutoff"], "left")
    if users_still_there:
        history = history.where(days_since("ever.last_ts") <= STILL_THERE_DAYS).where("ever.cancellations = 0")
    columns = [column.alias(name) for name, column in feature_columns().items()]
    return history.select("user_id", "cutoff", *columns)


def labels(events: DataFrame, cutoffs: Sequence[date], horizon_days: int) -> DataFrame:
    """`churned` of every listener at every cut-off: 1 for a cancellation in [cut-off, cut-off + horizon), else 0.

    Only for cut-offs whose horizon the events cover: earlier nobody knows. Listeners who never cancel have their 0 too.
    """
    # The last one: a cancellation before the cut-off must not hide one after it.
    cancelled_at = F.max(F.when(F.col("page") == CANCELLED, F.col("ts"))).alias("cancelled_at")
    listeners = events.where(F.col("user_id").isNotNull()).groupBy("user_id").agg(cancelled_at)
    start = F.col("cutoff").cast("timestamp")
    end = F.date_add("cutoff", horizon_days).cast("timestamp")
    churned = (F.col("cancelled_at") >= start) & (F.col("cancelled_at") < end)
    return listeners.crossJoin(F.broadcast(dates(events, cutoffs))).select(
        "user_id", "cutoff", F.coalesce(churned, F.lit(False)).cast("int").alias("churned")
    )


def labelled(features: DataFrame, churned: DataFrame, schema: StructType) -> DataFrame:
    """Features with their labels (null where there is none), in the columns and types of the contract."""
    rows = features.join(churned, ["user_id", "cutoff"], "left")
    return rows.select(*[F.col(field.name).cast(field.dataType).alias(field.name) for field in schema])


def main(argv: Sequence[str] | None = None) -> None:
    args = parse_args(argv)
    spark = step.session("features")
    contract = read_contract(spark, args.contract)
    events = spark.table(args.events_table)
    listeners = listeners_by_day(events)
    scoring = scoring_cutoff(listeners, args.cutoff)
    days = [day for day in listeners if day < scoring]
    training = all_training_cutoffs(days, args.cutoff_every_days, args.horizon_days)
    cutoffs = [*training, scoring]
    later = [day for day in listeners if day >= scoring]
    left_out = f", events after it are left out (to {max(later)})" if later else ""
    step.progress(0, note=f"{len(cutoffs)} cut-offs from {cutoffs[0]} to {scoring}{left_out}")

    seen = events.where(F.col("ts") < F.lit(scoring).cast("timestamp"))
    rows = labelled(user_features(seen, cutoffs), labels(seen, training, args.horizon_days), contract.schema)
    ensure_table(spark, args.table, contract.schema, partitioned_by="cutoff", description=contract.description)
    rows.writeTo(args.table).overwrite(F.lit(True))
    written = spark.table(args.table).count()
    result = {
        "rowsIn": seen.count(),
        "rowsOut": written,
        "cutoffs": [str(each) for each in cutoffs],
        "scoringCutoff": str(scoring),
    }
    step.write_result(spark, args.result, result)


def listeners_by_day(events: DataFrame) -> dict[date, int]:
    """How many listeners each day has, about."""
    by_day = events.where("user_id is not null").groupBy(F.to_date("ts").alias("day"))
    counts = by_day.agg(F.approx_count_distinct("user_id").alias("listeners"))
    return {row.day: row.listeners for row in counts.collect()}


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--events-table", required=True, help="listening events, such as lake.millrace.listening_events"
    )
    parser.add_argument(
        "--contract", required=True, help="contract of user_features: `millrace contract user_features --as spark`"
    )
    parser.add_argument("--table", required=True, help="features table to replace, such as lake.millrace.user_features")
    parser.add_argument(
        "--cutoff", metavar="YYYY-MM-DD", help="scoring cut-off (default or auto: the midnight after the last event)"
    )
    parser.add_argument(
        "--horizon-days",
        type=positive,
        required=True,
        help="days after a cut-off in which a cancellation counts as churn",
    )
    parser.add_argument("--cutoff-every-days", type=positive, required=True, help="days between training cut-offs")
    parser.add_argument(
        "--result", required=True, help="file or URI for the result: rowsIn, rowsOut, cutoffs, scoringCutoff"
    )
    return parser.parse_args(argv)


def positive(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"must be a positive integer, got {text}")
    return int(text)


if __name__ == "__main__":
    step.run(main)
