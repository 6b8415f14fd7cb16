"""Writes tables of the lake as what the warehouse loads: gzipped CSV in OUT/TABLE/, every row of them."""

import argparse
from collections.abc import Sequence

from millrace import step
from millrace.contract import read_contract
from millrace.exports import existing_table, export_tables


def main(argv: Sequence[str] | None = None) -> None:
    args = parse_args(argv)
    spark = step.session("export")
    pairs = zip(args.contract, args.table, strict=True)
    exports = [(read_contract(spark, contract), existing_table(spark, "table", table)) for contract, table in pairs]
    rows = export_tables(exports, args.out)
    exported = sum(rows.values())
    step.write_result(spark, args.result, {"rowsIn": exported, "rowsOut": exported, "tables": rows})


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", action="append", required=True, help="such as lake.millrace.exam_results")
    parser.add_argument("--contract", action="append", required=True, help="that of the table in the same place")
    parser.add_argument("--out", required=True, help="folder or URI; a folder a table is replaced in it")
    parser.add_argument("--result", required=True, help="file or URI for the result: rowsIn, rowsOut, tables")
    args = parser.parse_args(argv)
    if len(args.table) != len(args.contract):
        parser.error(f"contract must be given once a table ({len(args.table)}), got {len(args.contract)}")
    return args


if __name__ == "__main__":
    step.run(main)
