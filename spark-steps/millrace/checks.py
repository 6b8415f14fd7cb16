"""What must hold of tables before anybody reads them: checks that contracts declare, as Spark SQL."""

from collections.abc import Sequence

from pyspark.sql import Row, SparkSession

from millrace.step import StepError


def require_checks(spark: SparkSession, checks: Sequence[str]) -> None:
    """Fails with a StepError that names every check that does not hold, its table and some of the keys.

    Each check is a SELECT of `check_name, table_name, failures, sample` that gives a row where it does not hold.
    """
    if not checks:
        return
    failed = spark.sql("\nUNION ALL\n".join(checks)).collect()
    if failed:
        raise StepError(f"tables must pass their checks to be published, got {'; '.join(map(_told, failed))}")


def _told(failed: Row) -> str:
    return f"{failed.table_name}: {failed.check_name} fails for {failed.failures} ({failed.sample})"
