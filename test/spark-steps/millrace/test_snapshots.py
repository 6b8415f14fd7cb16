from datetime import timedelta

from millrace.batches import BATCH, QUERY, last_batch
from millrace.snapshots import ShortHistory
from millrace.tables import TABLE_PROPERTIES, ensure_table

TABLE = "lake.tests.short_history"


def test_old_snapshots_go_and_rows_and_the_last_batch_stay(spark):
    schema = spark.createDataFrame([], "id long").schema
    ensure_table(spark, TABLE, schema, properties=TABLE_PROPERTIES)
    for batch in range(4):
        options = {f"snapshot-property.{QUERY}": "q", f"snapshot-property.{BATCH}": str(batch)}
        spark.range(batch, batch + 1).writeTo(TABLE).options(**options).append()

    ShortHistory(spark, [TABLE], keep=timedelta(hours=1), every=timedelta(0)).shorten()
    assert snapshots(spark) == 4
    ShortHistory(spark, [TABLE], keep=timedelta(0), every=timedelta(hours=1)).shorten()
    assert snapshots(spark) == 4
    ShortHistory(spark, [TABLE], keep=timedelta(0), every=timedelta(0)).shorten()
    assert snapshots(spark) == 1
    assert sorted(row.id for row in spark.table(TABLE).collect()) == [0, 1, 2, 3]
    assert last_batch(spark, TABLE, "q") == 3


def test_where_a_commit_is_refused_it_is_told_and_the_stream_goes_on(spark, capfd, monkeypatch):
    monkeypatch.setattr("millrace.snapshots.iceberg_table", lambda *_: spark._jvm.java.util.Optional.empty().get())
    ShortHistory(spark, [TABLE], keep=timedelta(0), every=timedelta(0)).shorten()
    assert f"old snapshots of {TABLE} stay for now: No value present" in capfd.readouterr().out


def snapshots(spark) -> int:
    spark.sql(f"REFRESH TABLE {TABLE}")
    return spark.table(f"{TABLE}.snapshots").count()
