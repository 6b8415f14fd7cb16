"""What must hold of tables before anybody reads them: checks that contracts declare, as Spark SQL."""

from collections.abc import Sequence

from pyspark.sql import Row, SparkSession

from millrace.step import StepError

# Keys that a check's sample holds at most.
SHOWN = 3


def require_checks(spark: SparkSession, checks: Sequence[str]) -> None:
    """Fails with a StepError that names every check that does not hold, its table and some of the keys.

    Each check is a SELECT of `check_name, table_name, failures, sample` that gives a row where it does not hold.
    """
    if not checks:
        return
    failed = spark.sql("\nUNION ALL\n".join(checks)).collect()
    if failed:
        raise StepError("; ".join(map(_told, failed)))


def _told(failed: Row) -> str:
    count = "1 failure" if failed.failures == 1 else f"{failed.failures} failures"
    more = ", …" if failed.failures > SHOWN else ""
    return f"check {failed.check_name} of {failed.table_name} must hold, got {count}: {failed.sample}{more}"
