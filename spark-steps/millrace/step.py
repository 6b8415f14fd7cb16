"""How a step speaks to whoever started it: exit code, one line of error, progress lines, a result file."""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping

from pyspark.sql import SparkSession

from millrace.files import write_text


class StepError(Exception):
    """A failure that the user can mend; its text has the form `<what> must be <allowed>, got <value>`."""


def run(main: Callable[[], None]) -> None:
    """Runs a step; a StepError becomes one line on standard error and exit code 1, anything else keeps its stack.

    spark-submit passes a Python step's standard error on by its own standard output.
    """
    try:
        main()
    except StepError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
        sys.exit(1)
    _end_barrier_timer()


def _end_barrier_timer() -> None:
    """Lets the driver's JVM end once the step is done.

    XGBoost trains in barrier stages. In local mode the driver runs their tasks itself, and the timer that Spark keeps
    for them (`BarrierTaskContext.timer`, never cancelled) is no daemon thread: without this the process never ends.
    """
    spark = SparkSession.getActiveSession()
    if spark is None:
        return
    companion = getattr(getattr(spark.sparkContext._jvm.org.apache.spark, "BarrierTaskContext$"), "MODULE$")
    getattr(companion, "org$apache$spark$BarrierTaskContext$$timer")().cancel()


def session(name: str) -> SparkSession:
    """The session of this step; times are UTC in SQL and when rows are collected into Python."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    return SparkSession.builder.appName(name).config("spark.sql.session.timeZone", "UTC").getOrCreate()


def progress(rows: int, total: int | None = None, note: str | None = None, **counts: int) -> None:
    """Prints one progress line, as docs/architecture.md has it; `counts` are what else a step counts."""
    line = {"rows": rows, "total": total, **counts, "note": note}
    print(json.dumps({name: value for name, value in line.items() if value is not None}), flush=True)


def write_result(spark: SparkSession, uri: str, result: Mapping[str, object]) -> None:
    """Writes what the step has to say as one JSON object to a path or a URI (file:, s3:, hdfs:)."""
    write_text(spark, uri, json.dumps(result, ensure_ascii=False) + "\n")
