"""Scoring clicks against a real broker, a real Spark and real Iceberg tables."""

import csv
import gzip
import json
import os
import signal
import threading
import time
from collections import Counter
from datetime import UTC, datetime

import pytest
from scoring import HOUR_MS, ids, impression, probability, save_model

from millrace import click_scoring
from millrace.batches import BatchTable
from millrace.step import StepError


class CrashError(Exception):
    """Ends a batch where a test wants it to."""


def milliseconds(time: datetime) -> int:
    return int(time.replace(tzinfo=UTC).timestamp() * 1000)


def test_live_impressions_are_scored_into_topic_and_lake_and_those_with_an_outcome_are_left_alone(clicks, spark):
    save_model(spark, clicks.models, "v1", intercept=-1.5)
    clicks.impressions.send(impression(1), impression(2, click=0), impression(3, click=1), partition=0)
    clicks.impressions.send(impression(4), partition=1)
    before = datetime.now(UTC)
    assert clicks.score() == {
        "rowsIn": 4,
        "rowsOut": 2,
        "scored": 2,
        "quarantined": 0,
        "outcomes": 0,
        "modelVersion": "v1",
    }
    rows = clicks.lake("*")
    assert [(row.id, row.model_version, row.kafka_partition, row.kafka_offset) for row in rows] == [
        ("i1", "v1", 0, 0),
        ("i4", "v1", 1, 0),
    ]
    first = rows[0]
    assert first.probability == pytest.approx(probability(-1.5), abs=1e-12)
    assert first.hour == datetime(2014, 10, 21, 4)
    assert first.produced_at == first.kafka_timestamp
    assert first.produced_at.replace(tzinfo=UTC) <= before <= first.predicted_at.replace(tzinfo=UTC)
    assert clicks.last_told() == {
        row.id: {
            "key": row.id,
            "id": row.id,
            "hour": HOUR_MS,
            "probability": row.probability,
            "modelVersion": "v1",
            "producedAt": milliseconds(row.produced_at),
            "predictedAt": milliseconds(row.predicted_at),
        }
        for row in rows
    }


def test_a_new_model_is_taken_up_at_the_next_batch_and_one_that_cannot_be_read_is_told_of(clicks, spark, capsys):
    def user() -> None:
        wait_for(lambda: "ready: scoring with model v1" in said())
        for number, version, intercept in ((1, "v1", -1.0), (2, "v2", 0.0), (3, "v3", 1.0)):
            save_model(spark, clicks.models, version, intercept)
            if version == "v3":
                (clicks.models / "v3" / "model.json").write_text('{"format": 99}')
            clicks.impressions.send(impression(number))
            wait_for(lambda number=number: number <= len(clicks.ids()))
        os.kill(os.getpid(), signal.SIGTERM)

    lines: list[str] = []

    def said() -> str:
        lines.append(capsys.readouterr().out)
        return "".join(lines)

    save_model(spark, clicks.models, "v1", -1.0)
    handler_before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=user)
    thread.start()
    assert clicks.score(trigger="as-fast-as-possible")["scored"] == 3
    thread.join()
    assert signal.getsignal(signal.SIGTERM) == handler_before
    rows = clicks.lake("id", "model_version", "probability")
    assert [(row.id, row.model_version, row.probability) for row in rows] == [
        ("i1", "v1", pytest.approx(probability(-1.0))),
        ("i2", "v2", pytest.approx(probability(0.0))),
        ("i3", "v2", pytest.approx(probability(0.0))),
    ]
    assert {key: each["modelVersion"] for key, each in clicks.last_told().items()} == {
        "i1": "v1",
        "i2": "v2",
        "i3": "v2",
    }
    notes = [json.loads(line).get("note", "") for line in said().splitlines() if line.startswith('{"rows"')]
    assert [note for note in notes if "format must be 1, got 99" in note and "going on with model v2" in note]


def test_without_a_model_impressions_wait_for_one(clicks, spark, capsys):
    clicks.impressions.send(impression(1))
    result = clicks.score()
    assert (result["rowsIn"], result["skipped"]) == (0, "no model to score with: none was trained yet")

    def user() -> None:
        lines = ""
        while "waiting for a model: none was trained yet" not in lines:
            lines += capsys.readouterr().out
            time.sleep(0.1)
        save_model(spark, clicks.models, "v1", 0.0)
        wait_for(lambda: clicks.ids() == ["i1"])
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=user)
    thread.start()
    assert clicks.score(trigger="as-fast-as-possible")["scored"] == 1
    thread.join()


def test_what_cannot_be_scored_is_quarantined_once_with_the_reason_and_the_others_are_scored(clicks, spark):
    save_model(spark, clicks.models, "v1", 0.0)
    clicks.impressions.send(impression(1), "not json", impression(2, hour="noon"), {"hour": HOUR_MS}, impression(3))
    clicks.impressions.send(None, b"\xff\xfe", partition=1)
    for checkpoint in ("one", "another"):
        clicks.checkpoint = checkpoint
        assert clicks.score()["quarantined"] == 5
    assert clicks.ids() == ids([1, 3])
    rows = clicks.rows(f"{clicks.table}_quarantine", "reason", "kafka_offset", order="reason")
    assert [row.reason for row in rows] == [
        'hour must be long, got "noon"',
        "id must be present, got null",
        "value must be UTF-8, got 0xFFFE",
        "value must be a JSON object, got not json",
        "value must be a JSON object, got null",
    ]


PARTS = {
    "the topic": (click_scoring, "write_topic"),
    "the quarantine": (click_scoring, "quarantine"),
    "CSV": (click_scoring, "write_csv"),
    "the lake": (BatchTable, "append"),
}


def crash_at(patching, part: str, batch: int, *, when: str) -> None:
    """A crash right before or after a part of the nth batch is done."""
    owner, name = PARTS[part]
    real, calls = getattr(owner, name), []

    def crashing(*args, **kwargs):
        calls.append(part)
        crashes = len(calls) == batch
        if crashes and when == "before":
            raise CrashError
        done = real(*args, **kwargs)
        if crashes:
            raise CrashError
        return done

    patching.setattr(owner, name, crashing)


@pytest.mark.parametrize(
    ("when", "part"),
    [
        pytest.param("before", "the topic", marks=pytest.mark.runs),
        pytest.param("after", "the topic", marks=pytest.mark.runs),
        pytest.param("after", "CSV", marks=pytest.mark.runs),
        ("before", "the lake"),
        pytest.param("after", "the lake", marks=pytest.mark.runs),
    ],
)
def test_a_crash_at_any_point_loses_and_doubles_nothing_whatever_the_model_is_then(
    clicks, spark, monkeypatch, when, part
):
    save_model(spark, clicks.models, "v1", -1.0)
    csv_folder = clicks.directory / "csv"
    options = {"csv": csv_folder, "max_offsets_per_trigger": 4}
    clicks.impressions.send(*[impression(number) if number % 4 else f"poison {number}" for number in range(12)])
    crash_at(monkeypatch, part, batch=2, when=when)
    with pytest.raises(Exception, match="CrashError"):
        clicks.score(**options)
    save_model(spark, clicks.models, "v2", 1.0)
    clicks.score(**options)

    scored = [number for number in range(12) if number % 4]
    rows = clicks.lake("id", "model_version", "probability")
    assert [row.id for row in rows] == ids(scored)
    assert len({row.model_version for row in rows}) == 2
    told = clicks.last_told()
    # The lake has what the topic had last, of whatever model.
    assert {row.id: (row.model_version, row.probability) for row in rows} == {
        key: (each["modelVersion"], each["probability"]) for key, each in told.items()
    }
    assert [(row.id, row.model_version) for row in rows] == sorted(
        (row["id"], row["model_version"]) for row in csv_rows(csv_folder)
    )
    poison = clicks.rows(f"{clicks.table}_quarantine", "record_value", order="kafka_offset")
    assert [bytes(row.record_value).decode() for row in poison] == ["poison 0", "poison 4", "poison 8"]


@pytest.mark.runs
def test_a_batch_that_the_lake_has_is_known_after_its_snapshot_has_expired(clicks, spark, monkeypatch):
    save_model(spark, clicks.models, "v1", -1.0)
    clicks.impressions.send(impression(1), impression(2))
    crash_at(monkeypatch, "the lake", batch=1, when="after")
    with pytest.raises(Exception, match="CrashError"):
        clicks.score()
    # A later commit of somebody else, so that the batch's own snapshot can go.
    spark.sql(f"DELETE FROM {clicks.table} WHERE id = 'i2'")
    spark.sql(
        f"CALL lake.system.expire_snapshots(table => '{clicks.table}', "
        f"older_than => TIMESTAMP '{datetime.now(UTC).isoformat()}', retain_last => 1)"
    ).collect()
    assert spark.table(f"{clicks.table}.snapshots").where("summary['millrace.batch-id'] = '0'").count() == 0
    save_model(spark, clicks.models, "v2", 1.0)
    clicks.score()
    # i1 is as it was; i2, which is not there, is taken for new.
    assert [tuple(row) for row in clicks.lake("id", "model_version")] == [("i1", "v1"), ("i2", "v2")]


@pytest.mark.runs
def test_a_new_checkpoint_doubles_nothing_in_the_lake_and_takes_what_is_new(clicks, spark):
    save_model(spark, clicks.models, "v1", 0.0)
    clicks.impressions.send(impression(1), impression(2))
    clicks.score()
    clicks.impressions.send(impression(3))
    clicks.checkpoint = "another"
    assert clicks.score(max_offsets_per_trigger=1)["scored"] == 1
    assert clicks.ids() == ids([1, 2, 3])
    assert Counter(each["key"] for each in clicks.told()) == Counter(ids([1, 2, 3]))


def test_an_empty_topic_makes_the_tables_and_a_result_of_zeros(clicks, spark):
    save_model(spark, clicks.models, "v1", 0.0)
    result = clicks.score()
    assert (result["rowsIn"], result["scored"], result["outcomes"]) == (0, 0, 0)
    assert clicks.ids() == clicks.quality() == clicks.told() == []


def test_predictions_are_printed_where_asked(clicks, spark, capsys):
    save_model(spark, clicks.models, "v1", 0.0)
    clicks.impressions.send(impression(1), impression(2))
    clicks.score(console=1)
    printed = capsys.readouterr().out
    assert "|i1 " in printed
    assert "|i2 " not in printed


@pytest.mark.runs
def test_fails_when_unread_impressions_were_deleted(clicks, spark):
    save_model(spark, clicks.models, "v1", 0.0)
    clicks.impressions.send(impression(1))
    clicks.score()
    clicks.impressions.send(impression(2), impression(3))
    clicks.impressions.delete_records_before(partition=0, offset=2)
    with pytest.raises(StepError, match=r"records were deleted before they were read.*delete the checkpoint"):
        clicks.score()
    clicks.checkpoint = "another"
    clicks.score()
    assert clicks.ids() == ids([1, 3])


@pytest.mark.runs
def test_fails_when_the_topic_was_made_anew_and_goes_on_with_a_new_checkpoint(clicks, spark):
    save_model(spark, clicks.models, "v1", 0.0)
    clicks.impressions.send(impression(1))
    clicks.score()
    clicks.impressions.delete()
    clicks.impressions.create()
    clicks.impressions.send(impression(2))
    with pytest.raises(StepError, match=r"was made anew since.*delete the checkpoint"):
        clicks.score()
    clicks.checkpoint = "another"
    clicks.score()
    assert clicks.ids() == ids([1, 2])


def test_fails_when_a_topic_is_not_there(clicks):
    clicks.predictions.delete()
    with pytest.raises(StepError, match=rf"topic must be on the brokers .*, got {clicks.predictions.name}"):
        clicks.score()


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("quality_window", "a while", "must be an interval such as '5 minutes', got 'a while'"),
        ("console", "0", "must be at least 1, got '0'"),
        ("trigger", "sometimes", "must be available-now, as-fast-as-possible or an interval"),
    ],
)
def test_fails_when_an_argument_is_out_of_range(clicks, capsys, option, value, message):
    with pytest.raises(SystemExit):
        clicks.score(**{option: value})
    assert message in capsys.readouterr().err


def csv_rows(folder) -> list[dict[str, str]]:
    rows = []
    for file in folder.glob("query=*/batch=*/*.csv.gz"):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            rows += csv.DictReader(lines)
    return rows


def wait_for(holds, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.2)
