"""Readers of a table see what is published, and nothing of what is on its way."""

import pytest
from pyspark.sql.types import IntegerType, StringType, StructField, StructType

from millrace import candidates
from millrace.candidates import candidate, made_from, publish, write_candidate
from millrace.tables import ensure_table

NUMBER = StructType([StructField("number", IntegerType())])


@pytest.fixture
def table(spark, table_name):
    """An empty table, with functions that make a candidate of it and that read what is published."""

    class Table:
        name = table_name("published")

        def write(self, *numbers):
            write_candidate(self.name, spark.createDataFrame([(number,) for number in numbers], NUMBER).coalesce(1))

        def numbers(self):
            return sorted(row.number for row in spark.table(self.name).collect())

    ensure_table(spark, Table.name, NUMBER)
    return Table()


def branches(spark, table):
    return {row.name for row in spark.table(f"{table.name}.refs").collect()}


def test_a_candidate_is_seen_once_it_is_published_and_then_its_branch_is_gone(spark, table):
    table.write(1, 2)
    assert table.numbers() == []
    # The step was stopped before it published: the next run makes the candidate anew.
    table.write(1)
    publish(spark, [table.name], "first")
    assert (table.numbers(), made_from(spark, table.name)) == ([1], "first")
    table.write(3)
    assert table.numbers() == [1]
    assert [row.number for row in spark.table(candidate(table.name)).collect()] == [3]
    publish(spark, [table.name], "second")
    assert (table.numbers(), made_from(spark, table.name)) == ([3], "second")
    assert branches(spark, table) == {"main"}


def test_what_is_published_half_way_is_not_known_to_be_made_from_anything(spark, table, monkeypatch):
    table.write(1)
    publish(spark, [table.name], "rows")
    table.write(2)
    monkeypatch.setattr(candidates, "fast_forward", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        publish(spark, [table.name], "rows")
    assert made_from(spark, table.name) is None


def test_a_table_that_is_not_there_was_made_from_nothing(spark):
    assert made_from(spark, "lake.tests.not_there") is None


def test_a_column_that_the_rows_lack_is_null(spark, table):
    gained = StructType([*NUMBER, StructField("dropped", StringType())])
    ensure_table(spark, table.name, gained)
    table.write(1)
    publish(spark, [table.name], "rows")
    assert [row.asDict() for row in spark.table(table.name).collect()] == [{"number": 1, "dropped": None}]
