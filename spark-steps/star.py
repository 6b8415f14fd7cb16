"""Builds the tables that are derived from staged files, checks them, and publishes them together.

Every table is made anew from all staged rows, on a branch that readers do not see. Only when all checks of all tables
hold there, readers get them; otherwise they keep the tables of the last run that did. With nothing new staged and the
same contracts there is nothing to do.
"""

import argparse
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession

from millrace import step
from millrace.candidates import candidate, made_from, publish, views, write_candidate
from millrace.checks import require_checks
from millrace.contract import Contract, read_contract
from millrace.derivation import derived
from millrace.files import read_text
from millrace.staged import StagedFiles, read_rows, require_all, staged_files
from millrace.tables import TABLE_PROPERTIES, ensure_table, literal, quoted


def star(tables: Sequence[Contract], staged: Mapping[str, DataFrame]) -> dict[str, DataFrame]:
    """Rows of each table, from the staged rows of each data set."""
    contracts = {table.name: table for table in tables}

    def rows(contract: Contract) -> DataFrame:
        lookup = contract.derivation.lookup
        looked_up = rows(contracts[lookup.table]) if lookup else None
        return derived(contract, staged[contract.derivation.source], looked_up)

    return {table.name: rows(table) for table in tables}


def require_complete(sources: Sequence[Contract], tables: Sequence[Contract]) -> None:
    """Fails with a StepError where a table needs a contract that was not given."""
    source_names, table_names = {each.name for each in sources}, {each.name for each in tables}
    for table in tables:
        if table.derivation is None:
            raise step.StepError(f"table must be a contract with a derivation, got {table.name}")
        if table.derivation.source not in source_names:
            given = ", ".join(each.name for each in sources)
            raise step.StepError(
                f"source must hold {table.derivation.source}, which {table.name} is made of, got {given}"
            )
        lookup = table.derivation.lookup
        if lookup and lookup.table not in table_names:
            given = ", ".join(each.name for each in tables)
            raise step.StepError(f"table must hold {lookup.table}, which {table.name} looks up, got {given}")


def fingerprint(files: Mapping[str, StagedFiles], contracts: Sequence[str | None]) -> str:
    """Names what the tables are made from: the same staged files and the same contracts give the same one."""
    made_from = {"files": {name: each.markers for name, each in files.items()}, "contracts": contracts}
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()


def build(table: str, contract: Contract, rows: DataFrame) -> None:
    """Makes a table's candidate, and the table where it is not there yet."""
    ensure_table(
        rows.sparkSession,
        table,
        contract.schema,
        partitioned_by=contract.lake_partition,
        description=contract.description,
        properties=TABLE_PROPERTIES,
    )
    write_candidate(table, rows)


def check(spark: SparkSession, tables: Mapping[str, Contract], staged: Mapping[str, DataFrame]) -> None:
    """Fails where a check of a candidate does not hold."""
    relations = {
        **{f"staged_{name}": rows for name, rows in staged.items()},
        **{contract.name: spark.table(candidate(table)) for table, contract in tables.items()},
    }
    with views(relations):
        require_checks(spark, [each for contract in tables.values() for each in contract.checks])


def main(argv: Sequence[str] | None = None) -> None:
    args = parse_args(argv)
    spark = step.session("star")
    sources = [read_contract(spark, uri) for uri in args.source]
    tables = {f"{args.database}.{each.name}": each for each in (read_contract(spark, uri) for uri in args.table)}
    require_complete(sources, list(tables.values()))
    files = {each.name: staged_files(spark, args.staged, each.name) for each in sources}
    made_of = fingerprint(files, [read_text(spark, uri) for uri in (*args.source, *args.table)])
    if all(made_from(spark, table) == made_of for table in tables):
        skipped = {"rowsIn": 0, "rowsOut": 0, "skipped": "nothing new was staged"}
        step.write_result(spark, args.result, {**skipped, "tables": row_counts(spark, tables)})
        return

    staged = {each.name: read_rows(spark, files[each.name], each) for each in sources}
    with kept(staged.values()):
        rows_in = sum(require_all(files[name], rows) for name, rows in staged.items())
        rows_of = star(list(tables.values()), staged)
        for table, contract in tables.items():
            step.progress(rows_in, note=f"building {contract.name}")
            build(table, contract, rows_of[contract.name])
        step.progress(rows_in, note="checking")
        check(spark, tables, staged)
    # Facts are given first: who sees one already finds what it refers to.
    publish(spark, list(reversed(tables)), made_of)
    counts = row_counts(spark, tables)
    step.write_result(spark, args.result, {"rowsIn": rows_in, "rowsOut": sum(counts.values()), "tables": counts})


def row_counts(spark: SparkSession, tables: Mapping[str, Contract]) -> dict[str, int]:
    counts = [
        f"SELECT {literal(contract.name)} AS name, COUNT(*) AS rows FROM {quoted(table)}"
        for table, contract in tables.items()
    ]
    return {row.name: row.rows for row in spark.sql("\nUNION ALL\n".join(counts)).collect()}


@contextmanager
def kept(relations: Iterable[DataFrame]) -> Iterator[None]:
    """Keeps rows that are read several times, for as long as the block lasts."""
    kept = [rows.persist(StorageLevel.MEMORY_AND_DISK) for rows in relations]
    try:
        yield
    finally:
        for rows in kept:
            rows.unpersist()


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--staged", required=True, help="folder or URI that files are staged in")
    parser.add_argument(
        "--source", required=True, action="append", help="contract of a staged data set; to be repeated"
    )
    parser.add_argument(
        "--table",
        required=True,
        action="append",
        help="contract of a table, facts before their dimensions; to be repeated",
    )
    parser.add_argument("--database", required=True, help="catalog and namespace of the tables, such as lake.millrace")
    parser.add_argument("--result", required=True, help="file or URI for the result: rowsIn, rowsOut, tables, skipped")
    return parser.parse_args(argv)


if __name__ == "__main__":
    step.run(main)
