"""Writes what the warehouse loads: daily activity, user features and churn scores, as gzipped CSV in OUT/TABLE/.

Daily activity is computed from the events table first and replaces its lake table. All three tables are exported whole,
every cut-off of them: a warehouse that was just made gets what an old one has. A load replaces slices, so it does not
matter that the old one had most of it before.
"""

import argparse
from collections.abc import Sequence

from millrace import step
from millrace.activity import daily_activity
from millrace.contract import read_contract
from millrace.exports import existing_table, export_tables
from millrace.tables import replace_rows


def main(argv: Sequence[str] | None = None) -> None:
    args = parse_args(argv)
    spark = step.session("publish")
    events = existing_table(spark, "events-table", args.events_table)
    activity = read_contract(spark, args.activity_contract)
    exports = [
        (read_contract(spark, args.features_contract), existing_table(spark, "features-table", args.features_table)),
        (read_contract(spark, args.scores_contract), existing_table(spark, "scores-table", args.scores_table)),
    ]
    replace_rows(daily_activity(events), activity, args.activity_table)
    exports.append((activity, spark.table(args.activity_table)))

    rows = export_tables(exports, args.out)
    step.write_result(spark, args.result, {"rowsIn": events.count(), "rowsOut": sum(rows.values()), "tables": rows})


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events-table", required=True, help="such as lake.millrace.listening_events")
    parser.add_argument("--features-table", required=True, help="written by features.py")
    parser.add_argument("--features-contract", required=True, help="`millrace contract user_features --as spark`")
    parser.add_argument("--scores-table", required=True, help="written by score.py")
    parser.add_argument("--scores-contract", required=True, help="`millrace contract churn_scores --as spark`")
    parser.add_argument("--activity-contract", required=True, help="`millrace contract daily_activity --as spark`")
    parser.add_argument("--activity-table", required=True, help="replaced, such as lake.millrace.daily_activity")
    parser.add_argument("--out", required=True, help="folder or URI; a folder a table is replaced in it")
    parser.add_argument("--result", required=True, help="file or URI for the result: rowsIn, rowsOut, tables")
    return parser.parse_args(argv)


if __name__ == "__main__":
    step.run(main)
