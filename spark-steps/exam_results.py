"""Computes from the landed attempts what people ask of them: scores, and results by exam and by question.

The three tables are made anew each time: another delivery of an attempt may change what was counted before.
"""

import argparse

from pyspark import StorageLevel
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from millrace import step
from millrace.contract import read_contract
from millrace.exports import existing_table
from millrace.tables import replace_rows


def exam_scores(attempts: DataFrame, questions: DataFrame) -> DataFrame:
    """A row an attempt, however often it was delivered: the last delivery counts.

    Where a message does not count its questions, the questions that it lists are counted.
    """
    listed = questions.groupBy("attempt_id").agg(
        F.count("*").alias("listed"),
        F.when(F.count("user_correct") > 0, F.count_if("user_correct")).alias("listed_correct"),
    )
    identity = F.coalesce("user_exam_id", "keen_id", "attempt_id")
    latest = Window.partitionBy("attempt").orderBy(
        *[F.col(name).desc() for name in ("kafka_timestamp", "kafka_partition", "kafka_offset", "position")]
    )
    scored = F.col("correct").between(0, F.col("questions")) & (F.col("questions") > 0)
    return (
        attempts.withColumn("attempt", identity)
        .withColumn("delivery", F.row_number().over(latest))
        .where("delivery = 1")
        .join(listed, on="attempt_id", how="left")
        .withColumn("started_at", F.coalesce("started_at", "keen_timestamp", "kafka_timestamp"))
        .withColumn("questions", F.coalesce("total", "listed"))
        .withColumn("correct", F.coalesce("correct", "listed_correct"))
        .withColumn("share_correct", F.when(scored, F.col("correct") / F.col("questions")))
    )


def exam_results(scores: DataFrame) -> DataFrame:
    return scores.groupBy("base_exam_id").agg(
        F.max_by("exam_name", "started_at").alias("exam_name"),
        F.count("*").alias("attempts"),
        F.count("share_correct").alias("scored"),
        F.count_if(F.col("share_correct") == 1).alias("all_correct"),
        F.avg("share_correct").alias("share_correct"),
        F.min("started_at").alias("first_started_at"),
        F.max("started_at").alias("last_started_at"),
    )


def exam_question_results(scores: DataFrame, questions: DataFrame) -> DataFrame:
    counted = scores.select("attempt_id", "base_exam_id", "exam_name", "started_at")
    told = questions.where("question_id IS NOT NULL AND user_correct IS NOT NULL")
    return (
        told.join(counted, on="attempt_id", how="inner")
        .groupBy("base_exam_id", "question_id")
        .agg(
            F.max_by("exam_name", "started_at").alias("exam_name"),
            F.count("*").alias("asked"),
            F.count_if("user_submitted").alias("answered"),
            F.count_if("user_correct").alias("correct"),
            F.avg(F.col("user_correct").cast("double")).alias("share_correct"),
        )
    )


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    spark = step.session("exam-results")
    attempts = existing_table(spark, "attempts-table", args.attempts_table)
    questions = existing_table(spark, "questions-table", args.questions_table)
    scores = exam_scores(attempts, questions).persist(StorageLevel.MEMORY_AND_DISK)
    made = {
        args.scores_contract: scores,
        args.results_contract: exam_results(scores),
        args.question_results_contract: exam_question_results(scores, questions),
    }
    tables: dict[str, int] = {}
    for uri, rows in made.items():
        contract = read_contract(spark, uri)
        table = f"{args.database}.{contract.name}"
        replace_rows(rows, contract, table)
        tables[contract.name] = spark.table(table).count()
        step.progress(sum(tables.values()), note=contract.name)
    step.write_result(
        spark, args.result, {"rowsIn": attempts.count(), "rowsOut": sum(tables.values()), "tables": tables}
    )


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attempts-table", required=True, help="written by land.py")
    parser.add_argument("--questions-table", required=True, help="written by land.py")
    parser.add_argument("--scores-contract", required=True, help="`millrace contract exam_scores --as spark`")
    parser.add_argument("--results-contract", required=True, help="`millrace contract exam_results --as spark`")
    parser.add_argument(
        "--question-results-contract", required=True, help="`millrace contract exam_question_results --as spark`"
    )
    parser.add_argument("--database", required=True, help="catalog and namespace of the tables: lake.millrace")
    parser.add_argument("--result", required=True, help="file or URI for the result: rowsIn, rowsOut, tables")
    return parser.parse_args(argv)


if __name__ == "__main__":
    step.run(main)
