"""Reads what `stage-files` has staged: a file of rows is whole once its marker is there."""

import re
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from millrace.contract import Contract
from millrace.files import list_names
from millrace.step import StepError

ROWS_FILE = re.compile(r"(?P<id>.+)\.jsonl(\.gz)?")
MARKER = re.compile(r"(?P<id>[^.].*)\.json(\.gz)?")
MARKER_COLUMNS = "file_id string, rows long"
MOST_SHOWN = 3


@dataclass(frozen=True)
class StagedFiles:
    """Files of a data set that are staged whole, as names in order."""

    folder: str
    markers: tuple[str, ...]
    rows: tuple[str, ...]


def staged_files(spark: SparkSession, staged: str, dataset: str) -> StagedFiles:
    folder = f"{staged.rstrip('/')}/{dataset}"
    markers = {
        match["id"]: match.string for match in map(MARKER.fullmatch, list_names(spark, f"{folder}/files")) if match
    }
    rows = [
        match.string
        for match in map(ROWS_FILE.fullmatch, list_names(spark, f"{folder}/rows"))
        if match and match["id"] in markers
    ]
    return StagedFiles(folder, tuple(sorted(markers.values())), tuple(sorted(rows)))


def read_rows(spark: SparkSession, files: StagedFiles, contract: Contract) -> DataFrame:
    """Rows of the files in the columns of their staging table; a line that is not of the contract fails the read."""
    schema = StructType([*contract.schema, *contract.staging])
    return _read_json(spark, [f"{files.folder}/rows/{name}" for name in files.rows], schema)


def require_all(files: StagedFiles, rows: DataFrame) -> int:
    """How many rows there are; fails with a StepError where a file has not the rows that its marker says."""
    spark = rows.sparkSession
    markers = _read_json(spark, [f"{files.folder}/files/{name}" for name in files.markers], MARKER_COLUMNS)
    counts = rows.groupBy("file_id").agg(F.count("*").alias("there"))
    files_with_counts = (
        markers.join(counts, on="file_id", how="left")
        .select("file_id", "rows", F.coalesce("there", F.lit(0)).alias("there"))
        .collect()
    )
    wrong = [f"{each.there} of {each.rows} in {each.file_id}" for each in files_with_counts if each.there != each.rows]
    if wrong:
        raise StepError(
            f"files of {files.folder}/rows must have the rows that were staged, got {', '.join(wrong[:MOST_SHOWN])}"
        )
    return sum(each.there for each in files_with_counts)


def _read_json(spark: SparkSession, paths: list[str], schema: StructType | str) -> DataFrame:
    if not paths:
        return spark.createDataFrame([], schema)
    # Spark takes a path for a pattern.
    escaped = [re.sub(r"([\\*?\[\]{}])", r"\\\1", path) for path in paths]
    return spark.read.schema(schema).option("mode", "FAILFAST").json(escaped)
