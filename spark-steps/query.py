"""Runs one SQL statement over the lake's tables and prints its rows."""

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from typing import TextIO

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from millrace import step

CONTROLS = {code: f"\\u{code:04x}" for code in (*range(0x20), *range(0x7F, 0xA0))}


def print_rows(rows: DataFrame, form: str, limit: int, out: TextIO) -> None:
    """Prints at most `limit` rows as a table, as CSV with a header line, or as JSON lines."""
    collected = rows.limit(limit + 1).collect()
    shown = collected[:limit]
    if form == "table":
        print_table(
            rows.columns, [["NULL" if value is None else one_line(str(value)) for value in row] for row in shown], out
        )
    elif form == "csv":
        writer = csv.writer(out)
        writer.writerow(rows.columns)
        writer.writerows(shown)
    else:
        for row in shown:
            out.write(json.dumps(row.asDict(recursive=True), default=str, ensure_ascii=False) + "\n")
    if len(collected) > limit:
        print(f"only the first {limit} rows are shown: --limit N shows more", file=sys.stderr)


def one_line(text: str) -> str:
    """What would end the line or steer the terminal is shown as JSON escapes it."""
    return text.translate(CONTROLS)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO) -> None:
    widths = [max(len(cell) for cell in column) for column in zip(columns, *rows, strict=True)]
    for line in [columns, ["-" * width for width in widths], *rows]:
        out.write("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n")


def cause(error: Py4JJavaError) -> str:
    """What went wrong at first, without the places in the code where it did."""
    thrown = error.java_exception
    while thrown.getCause() is not None:
        thrown = thrown.getCause()
    return thrown.getMessage() or thrown.toString()


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True, help="catalog and namespace that table names are looked up in")
    parser.add_argument("--format", choices=["table", "csv", "json"], default="table")
    parser.add_argument("--limit", type=int, default=1000, help="rows to print at most")
    parser.add_argument("statement", help="one SQL statement")
    args = parser.parse_args(argv)
    spark = step.session("query")
    catalog, namespace = args.database.split(".")
    spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {catalog}.{namespace}")
    spark.sql(f"USE {catalog}.{namespace}")
    try:
        print_rows(spark.sql(args.statement), args.format, args.limit, sys.stdout)
    except PySparkException as error:
        raise step.StepError(f"statement must be SQL that the lake understands, got: {str(error).strip()}") from error
    except Py4JJavaError as error:
        raise step.StepError(f"statement must be SQL that can be computed, got: {cause(error)}") from error


if __name__ == "__main__":
    step.run(main)
