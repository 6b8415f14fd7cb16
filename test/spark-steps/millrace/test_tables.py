from datetime import datetime

import pytest
from pyspark.sql.types import LongType, StringType, StructField, StructType, TimestampType

from millrace.step import StepError
from millrace.tables import append_new, ensure_table, literal, quoted

TRICKY_COMMENT = 'It\'s a \\ "comment"; DROP TABLE x'
SCHEMA = StructType(
    [
        StructField("select", StringType(), metadata={"comment": TRICKY_COMMENT}),
        StructField("ts", TimestampType()),
    ]
)


def test_a_missing_table_is_made_with_its_partitions_and_comments(spark, table_name):
    table = table_name()
    ensure_table(spark, table, SCHEMA, partitioned_by="days(ts)", description="What's in it", properties={"a": "b"})
    assert spark.table(table).schema["select"].metadata["comment"] == TRICKY_COMMENT
    described = {row.col_name: row.data_type for row in spark.sql(f"DESCRIBE EXTENDED {table}").collect()}
    assert described["Part 0"] == "days(ts)"
    assert described["Comment"] == "What's in it"
    assert "a=b" in described["Table Properties"]


def test_a_column_that_the_contract_gained_is_added_and_rows_stay(spark, table_name):
    table = table_name()
    ensure_table(spark, table, SCHEMA)
    spark.sql(f"INSERT INTO {table} VALUES ('old', NULL)")
    gained = StructType([*SCHEMA, StructField("new", LongType(), metadata={"comment": "Came later"})])
    ensure_table(spark, table, gained)
    assert [row.asDict() for row in spark.table(table).collect()] == [{"select": "old", "ts": None, "new": None}]
    assert spark.table(table).schema["new"].metadata["comment"] == "Came later"


def test_a_table_with_more_columns_than_its_contract_is_left_alone(spark, table_name):
    table = table_name()
    ensure_table(spark, table, SCHEMA)
    ensure_table(spark, table, StructType(SCHEMA.fields[:1]))
    assert spark.table(table).columns == ["select", "ts"]


def test_fails_when_a_column_has_another_type(spark, table_name):
    table = table_name()
    ensure_table(spark, table, SCHEMA)
    changed = StructType([StructField("select", LongType())])
    with pytest.raises(StepError, match=r"column select of .* must be bigint, as in its contract, got string"):
        ensure_table(spark, table, changed)


def test_names_and_texts_cannot_break_out_of_sql(spark):
    assert quoted("a.b`c") == "`a`.`b``c`"
    assert spark.sql(f"SELECT {literal(TRICKY_COMMENT)} AS text").first().text == TRICKY_COMMENT


def test_a_key_is_appended_once_though_it_comes_twice_or_is_there(spark, table_name):
    table = table_name()
    ensure_table(spark, table, SCHEMA, partitioned_by="days(ts)")

    def append(*keys: str) -> int:
        rows = spark.createDataFrame([(key, datetime(2026, 1, 1, ord(key[0]) % 24)) for key in keys], SCHEMA)
        return append_new(rows, table, ["select"], "ts")

    assert [append("a", "b", "a"), append("b", "c"), append("a", "c"), append("d")] == [2, 1, 0, 1]
    assert sorted(row["select"] for row in spark.table(table).collect()) == ["a", "b", "c", "d"]
    assert spark.table(f"{table}.snapshots").count() == 3
