"""Reads what `stage-files` has staged: a file of rows is whole once its marker is there.

Rows are JSON in S3, and CSV on one machine, where a database copies the same file.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from millrace.contract import Contract
from millrace.files import list_names
from millrace.step import StepError

ROWS_FILE = re.compile(r"(?P<id>.+?)\.(jsonl(\.gz)?|csv|multiline\.csv)")
# Some rows are on several lines: the file cannot be read in parts.
MULTILINE = ".multiline.csv"
# What a staged text never holds.
NO_TEXT = "\0"
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
    paths = [f"{files.folder}/rows/{name}" for name in files.rows]
    csv_paths = [path for path in paths if path.endswith(".csv")]
    json_paths = [path for path in paths if not path.endswith(".csv")]
    return reduce(DataFrame.union, _read_csv(spark, csv_paths, schema), _read_json(spark, json_paths, schema))


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
    return spark.read.schema(schema).option("mode", "FAILFAST").json(_escaped(paths))


def _read_csv(spark: SparkSession, paths: Iterable[str], schema: StructType) -> list[DataFrame]:
    """Rows of CSV files by the names in their headers: null where a file was staged before a column came."""
    alike = defaultdict(list)
    for path in paths:
        alike[_header(path), path.endswith(MULTILINE)].append(path)
    return [
        _read_csv_alike(spark, group, header.split(","), schema, multiline)
        for (header, multiline), group in alike.items()
    ]


def _header(path: str) -> str:
    """The first line of a file on this machine, as all of CSV are: through Hadoop it takes thirty times as long."""
    with open(path.removeprefix("file:"), encoding="utf-8", newline="\n") as file:
        return file.readline().removesuffix("\n")


def _read_csv_alike(
    spark: SparkSession, paths: list[str], columns: list[str], schema: StructType, multiline: bool
) -> DataFrame:
    types = {field.name: field.dataType for field in schema}
    there = StructType([StructField(name, types.get(name, StringType())) for name in columns])
    rows = (
        spark.read.schema(there)
        .option("mode", "FAILFAST")
        .option("header", True)
        .option("multiLine", multiline)
        .option("lineSep", "\n")
        .option("escape", '"')
        # A null is an empty field, an empty text is "": Spark tells them apart where something else is said to be null.
        .option("nullValue", NO_TEXT)
        .csv(_escaped(paths))
    )
    return rows.select(
        *(F.col(name) if name in columns else F.lit(None).cast(type_).alias(name) for name, type_ in types.items())
    )


def _escaped(paths: Iterable[str]) -> list[str]:
    """Spark takes a path for a pattern."""
    return [re.sub(r"([\\*?\[\]{}])", r"\\\1", path) for path in paths]
