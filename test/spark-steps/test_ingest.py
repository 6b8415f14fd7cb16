"""Ingest against a real broker, a real Spark and real Iceberg tables."""

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import ingest
import pytest
from local_broker import free_ports
from pyspark.sql import functions as F

from millrace import kafka
from millrace.files import read_text
from millrace.step import StepError

SCRIPT = Path(ingest.__file__)
DAY_MS = 86_400_000
TS = 1_541_016_707_796  # 2018-10-31


def event(number: int, **fields: object) -> dict:
    return {"eventId": f"source:{number}", "ts": TS, "sessionId": 5, "page": "Home", "userId": "7", **fields}


@dataclass
class Lake:
    """Where one test ingests to, and what is there."""

    spark: object
    brokers: str
    contract: str
    table: str
    quarantine: str
    directory: Path
    checkpoint: str = "checkpoint"

    def arguments(self, topic, **options: object) -> list[str]:
        options = {
            "brokers": self.brokers,
            "topic": topic.name,
            "contract": self.contract,
            "table": self.table,
            "event_time": "ts",
            "quarantine_table": self.quarantine,
            "checkpoint": self.directory / self.checkpoint,
            "result": self.directory / "result.json",
            **options,
        }
        return [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]

    def ingest(self, topic, **options: object) -> dict:
        ingest.main(self.arguments(topic, **options))
        return self.result()

    def result(self) -> dict:
        return json.loads((self.directory / "result.json").read_text())

    def event_ids(self) -> list[str]:
        return sorted(row.event_id for row in self.spark.table(self.table).select("event_id").collect())

    def files(self) -> int:
        return self.spark.table(f"{self.table}.files").count()


@pytest.fixture
def lake(spark, broker, contract_file, table_name, tmp_path):
    contract = contract_file("listening_events")
    return Lake(spark, broker.address, contract, table_name("events"), table_name("quarantine"), tmp_path)


@pytest.fixture
def process(lake, spark_conf):
    """`process(topic, **options)` is ingest in a process of its own, ended with the test."""
    started = []

    def start(topic, **options: object) -> subprocess.Popen:
        settings = [part for name, value in spark_conf.items() for part in ("--conf", f"{name}={value}")]
        started.append(
            subprocess.Popen(
                [sys.executable, SCRIPT, *lake.arguments(topic, **options)],
                env={**os.environ, "PYSPARK_SUBMIT_ARGS": shlex.join([*settings, "pyspark-shell"])},
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        )
        return started[-1]

    yield start
    for each in started:
        kill(each)


def kill(process: subprocess.Popen) -> None:
    """Ends Python and its JVM at once, as a lost machine would."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def wait_for_rows(lake: Lake, rows: int) -> None:
    deadline = time.monotonic() + 60
    while not lake.spark.catalog.tableExists(lake.table) or len(lake.event_ids()) < rows:
        assert time.monotonic() < deadline, f"{rows} rows did not come"
        time.sleep(0.2)


def read_until_rows(process: subprocess.Popen, rows: int) -> None:
    """Waits for the progress line that says so many rows."""
    for line in process.stdout:
        if json.loads(line)["rows"] >= rows:
            return
    pytest.fail(f"ingest ended before {rows} rows")


def sums(rows_in: int, ingested: int, quarantined: int = 0, duplicates: int = 0) -> dict:
    return {
        "rowsIn": rows_in,
        "rowsOut": ingested,
        "ingested": ingested,
        "quarantined": quarantined,
        "duplicates": duplicates,
    }


def test_good_records_reach_the_table_and_the_others_the_quarantine_byte_for_byte(lake, topic, spark):
    half = b'{"eventId": "source:9", "ts": 154'
    partly = event(8, sessionId="five")
    no_id = {name: value for name, value in event(3).items() if name != "eventId"}
    topic.send(
        event(1, userId=" ", unknown={"a": [1]}), event(2, ts=TS + DAY_MS), event(1), half, key=b"k", partition=1
    )
    topic.send(partly, None, no_id, partition=0)
    assert lake.ingest(topic) == sums(rows_in=7, ingested=3, quarantined=3, duplicates=1)
    rows = {row.event_id: row for row in spark.table(lake.table).collect()}
    sent = rows.pop(next(id for id in rows if id.startswith(f"{topic.name}/0/2@")))
    assert (sent.page, sent.kafka_topic, sent.kafka_partition, sent.kafka_offset) == ("Home", topic.name, 0, 2)
    assert {id: (row.user_id, row.kafka_partition) for id, row in rows.items()} == {
        "source:1": (None, 1),
        "source:2": ("7", 1),
    }
    quarantined = spark.table(lake.quarantine).orderBy("kafka_partition", "kafka_offset").collect()
    assert [
        (row.kafka_partition, row.kafka_offset, row.reason, row.record_key, row.record_value) for row in quarantined
    ] == [
        (0, 0, 'sessionId must be long, got "five"', None, json.dumps(partly).encode()),
        (0, 1, "value must be a JSON object, got null", None, None),
        (1, 3, f"value must be a JSON object, got {half.decode()}", b"k", half),
    ]


def test_an_event_is_taken_once_whatever_is_sent_or_run_again(lake, topic, spark):
    topic.send(event(1), event(2), "not json")
    assert lake.ingest(topic) == sums(rows_in=3, ingested=2, quarantined=1)
    assert lake.ingest(topic) == sums(rows_in=0, ingested=0)
    topic.send(event(2), event(3), partition=1)
    assert lake.ingest(topic) == sums(rows_in=2, ingested=1, duplicates=1)
    lake.checkpoint = "another"
    assert lake.ingest(topic) == sums(rows_in=5, ingested=0, quarantined=1, duplicates=4)
    assert lake.event_ids() == ["source:1", "source:2", "source:3"]
    assert spark.table(lake.quarantine).count() == 1


def test_batches_are_as_large_as_asked_and_each_writes_one_file_a_day(lake, topic, capsys):
    topic.send(*[event(number, ts=TS + number % 2 * DAY_MS) for number in range(40)])
    lake.ingest(topic, max_offsets_per_trigger=20)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [{"rows": 0, "total": 40}, {"rows": 20, "total": 40}, {"rows": 40, "total": 40}]
    assert lake.files() == 4
    assert len(lake.event_ids()) == 40


def test_an_empty_topic_makes_the_tables_and_a_result_of_zeros(lake, topic, spark):
    assert lake.ingest(topic) == sums(rows_in=0, ingested=0)
    assert spark.table(lake.table).count() == spark.table(lake.quarantine).count() == 0


def test_a_column_that_the_contract_gained_is_filled_from_then_on(lake, topic, spark):
    topic.send(event(1, device="phone"))
    lake.ingest(topic)
    contract = json.loads(read_text(spark, lake.contract))
    gained = {"comment": "Kind of device", "source": "device", "required": False}
    contract["schema"]["fields"].append({"name": "device", "type": "string", "nullable": True, "metadata": gained})
    grown = lake.directory / "grown.json"
    grown.write_text(json.dumps(contract))
    topic.send(event(2, device="phone"))
    lake.ingest(topic, contract=grown)
    rows = spark.table(lake.table).orderBy("event_id").collect()
    assert [(row.event_id, row.device) for row in rows] == [("source:1", None), ("source:2", "phone")]


@pytest.mark.runs
def test_a_run_killed_at_work_is_made_good_by_the_next_one(lake, topic, process, spark):
    numbers = range(60)
    topic.send(*[event(number) if number % 10 else f"not json {number}" for number in numbers])
    running = process(topic, max_offsets_per_trigger=10)
    read_until_rows(running, 20)  # printed after a batch is in the table and before it is in the checkpoint
    kill(running)
    before = len(lake.event_ids())
    assert 18 <= before < 54
    assert lake.ingest(topic)["rowsIn"] < 60
    assert Counter(lake.event_ids()) == Counter(f"source:{number}" for number in numbers if number % 10)
    values = [bytes(row.record_value).decode() for row in spark.table(lake.quarantine).collect()]
    assert sorted(values) == [f"not json {number}" for number in range(0, 60, 10)]


def test_a_continuous_run_takes_what_comes_until_sigterm_and_the_next_one_takes_up_there(lake, topic):
    def send_and_stop() -> None:
        wait_for_rows(lake, 2)
        topic.send(event(3))
        wait_for_rows(lake, 3)
        os.kill(os.getpid(), signal.SIGTERM)

    topic.send(event(1), event(2))
    handler_before = signal.getsignal(signal.SIGTERM)
    user = threading.Thread(target=send_and_stop)
    user.start()
    assert lake.ingest(topic, trigger="1 second") == sums(rows_in=3, ingested=3)
    user.join()
    assert signal.getsignal(signal.SIGTERM) == handler_before
    topic.send(event(4))
    assert lake.ingest(topic)["ingested"] == 1
    assert lake.event_ids() == [f"source:{number}" for number in (1, 2, 3, 4)]


def test_takes_ad_impressions_each_once_by_their_id_into_days_of_their_hour(
    lake, topic, contract_file, table_name, spark
):
    hour = 1_413_864_000_000  # 2014-10-21 04:00
    impression = {"id": "10", "click": 0, "hour": hour, "C1": 1005, "site_id": "1fbe01fe"}
    topic.send(impression, impression, {**impression, "id": "11", "click": None, "hour": hour + DAY_MS})
    topic.send({**impression, "id": "12", "click": "yes"}, {**impression, "id": None})
    lake.contract, lake.table = contract_file("ad_impressions"), table_name("impressions")
    result = lake.ingest(topic, event_time="hour")
    assert (result["ingested"], result["duplicates"]) == (2, 1)
    rows = spark.table(lake.table).orderBy("id").select("id", "click", F.unix_millis("hour"), "c1", "site_id").collect()
    assert [tuple(row) for row in rows] == [
        ("10", 0, hour, 1005, "1fbe01fe"),
        ("11", None, hour + DAY_MS, 1005, "1fbe01fe"),
    ]
    assert spark.table(f"{lake.table}.partitions").count() == 2


@pytest.mark.parametrize("column", ["registration", "page", "nothing"])
def test_fails_when_the_event_time_is_no_timestamp_that_each_row_has(lake, topic, column):
    message = rf"event-time must be a required timestamp of listening_events \(ts\), got {column}"
    with pytest.raises(StepError, match=message):
        lake.ingest(topic, event_time=column)


def test_fails_when_the_topic_is_not_there(lake, topic):
    topic.delete()
    with pytest.raises(StepError, match=rf"topic must be on the brokers .*, got {topic.name}, which is not there"):
        lake.ingest(topic)


def test_fails_when_no_broker_answers_in_time(lake, topic, monkeypatch):
    monkeypatch.setattr(kafka, "TIMEOUT_SECONDS", 1)
    with pytest.raises(StepError, match=r"brokers must be reachable within 1 seconds, got 127\.0\.0\.1:"):
        lake.ingest(topic, brokers=f"127.0.0.1:{free_ports(1)[0]}")


def test_fails_when_a_broker_has_no_such_host(lake, topic):
    with pytest.raises(StepError, match=r"brokers must be reachable .*, got no-such-host\.invalid:9092"):
        lake.ingest(topic, brokers="no-such-host.invalid:9092")


def test_fails_when_unread_records_were_deleted_and_goes_on_with_a_new_checkpoint(lake, topic, monkeypatch):
    topic.send(event(1))
    lake.ingest(topic)
    topic.send(event(2), event(3))
    topic.delete_records_before(partition=0, offset=2)
    with pytest.raises(StepError, match=r"records were deleted before they were read.*delete the checkpoint"):
        lake.ingest(topic)
    with monkeypatch.context() as patch:
        # As if they were deleted after the look at the offsets, while it runs.
        patch.setattr(ingest, "rows_to_read", lambda *_: 2)
        with pytest.raises(StepError, match=r"must be kept until .* delete the checkpoint"):
            lake.ingest(topic)
    lake.checkpoint = "another"
    lake.ingest(topic)
    assert lake.event_ids() == ["source:1", "source:3"]


def test_fails_when_the_topic_was_made_anew_and_goes_on_with_a_new_checkpoint(lake, topic):
    topic.send(event(1))
    lake.ingest(topic)
    topic.delete()
    topic.create()
    topic.send(event(1), event(2))
    with pytest.raises(StepError, match=r"was made anew since.*delete the checkpoint"):
        lake.ingest(topic)
    lake.checkpoint = "another"
    assert lake.ingest(topic) == sums(rows_in=2, ingested=1, duplicates=1)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        (
            "trigger",
            "sometimes",
            "must be available-now, as-fast-as-possible or an interval such as '30 seconds', got 'sometimes'",
        ),
        ("max_offsets_per_trigger", "0", "must be at least 1, got '0'"),
        ("kafka_option", "security.protocol", "must be NAME=VALUE, got 'security.protocol'"),
    ],
)
def test_fails_when_an_argument_is_out_of_range(lake, topic, capsys, option, value, message):
    with pytest.raises(SystemExit):
        lake.ingest(topic, **{option: value})
    assert message in capsys.readouterr().err
