"""What the warehouse loads says exactly what the lake says."""

import csv
import gzip
import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pyspark.sql.types import (
    BooleanType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from millrace.exports import write_csv

SCHEMA = StructType(
    [
        StructField("id", IntegerType()),
        StructField("text", StringType()),
        StructField("whole", LongType()),
        StructField("real", DoubleType()),
        StructField("yes", BooleanType()),
        StructField("day", DateType()),
        StructField("at", TimestampType()),
    ]
)
UNTIDY = [
    'Robert"); DROP TABLE listeners;--',
    '"',
    '""',
    '"quoted"',
    "a,b",
    "line\nbreak",
    "carriage\rreturn",
    "both\r\n",
    "back\\slash",
    '\\"',
    "\\",
    "\\N",
    "\\.",
    " spaces ",
    "\t",
    "#comment",
    "NULL",
    "<script>alert(1)</script>",
    "Zoë ☃ 𝄞 你好",
    "\u2028",
]


def lines_of(folder: Path) -> list[str]:
    """The text of all files, the header of the first alone."""
    texts = [gzip.decompress(file.read_bytes()).decode() for file in sorted(folder.glob("*.csv.gz"))]
    header = texts[0].split("\n")[0] + "\n"
    assert all(text.startswith(header) for text in texts)
    return [header, *[text.removeprefix(header) for text in texts]]


def test_every_text_comes_back_as_it_was(spark, tmp_path):
    rows = [(number, text) for number, text in enumerate(UNTIDY)]
    schema = StructType(SCHEMA.fields[:2])
    write_csv(spark.createDataFrame(rows, schema), schema, str(tmp_path / "out"))
    # No newline translation: the line ends within a text are part of it.
    records = csv.reader(io.StringIO("".join(lines_of(tmp_path / "out")), newline=""), strict=True)
    assert next(records) == ["id", "text"]
    assert sorted((int(number), text) for number, text in records) == rows


def test_a_null_is_an_empty_field_and_an_empty_text_is_quoted(spark, tmp_path):
    rows = [(1, None), (2, "")]
    schema = StructType(SCHEMA.fields[:2])
    write_csv(spark.createDataFrame(rows, schema).coalesce(1), schema, str(tmp_path / "out"))
    assert "".join(lines_of(tmp_path / "out")) == 'id,text\n1,\n2,""\n'


def test_a_row_of_nulls_alone_is_a_row(spark, tmp_path):
    schema = StructType(SCHEMA.fields[1:3])
    write_csv(spark.createDataFrame([(None, None)], schema), schema, str(tmp_path / "out"))
    assert "".join(lines_of(tmp_path / "out")) == "text,whole\n,\n"


def test_values_are_written_as_sql_reads_them_in_the_order_of_the_contract(spark, tmp_path):
    at = datetime(2018, 11, 30, 23, 59, 59, 123456, tzinfo=UTC)
    row = (1, "x", 2**53 + 1, 0.1, True, date(2018, 2, 1), at)
    shuffled = spark.createDataFrame([row], SCHEMA).select(*reversed(SCHEMA.names))
    write_csv(shuffled, SCHEMA, str(tmp_path / "out"))
    assert "".join(lines_of(tmp_path / "out")) == (
        "id,text,whole,real,yes,day,at\n1,x,9007199254740993,0.1,true,2018-02-01,2018-11-30T23:59:59.123456Z\n"
    )


def test_a_nul_which_no_sql_text_can_hold_shows_as_a_replacement_character(spark, tmp_path):
    schema = StructType(SCHEMA.fields[:2])
    write_csv(spark.createDataFrame([(1, "a\0b")], schema), schema, str(tmp_path / "out"))
    assert "".join(lines_of(tmp_path / "out")) == "id,text\n1,a\ufffdb\n"


@pytest.mark.parametrize("partitions", [1, 3])
def test_no_rows_give_a_header_and_replace_the_rows_before(spark, tmp_path, partitions):
    out = str(tmp_path / "out")
    schema = StructType(SCHEMA.fields[:2])
    write_csv(spark.createDataFrame([(1, "old")], schema), schema, out)
    write_csv(spark.createDataFrame([], schema).repartition(partitions), schema, out)
    assert "".join(lines_of(tmp_path / "out")) == "id,text\n"
