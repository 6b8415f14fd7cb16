"""Landing against a real broker, a real Spark and real Iceberg tables."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import land
import pytest
from local_broker import LocalBroker, LocalTopic

from millrace import landed
from millrace.kafka import read_topic
from millrace.step import StepError

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "assessments" / "attempts.jsonl"
MAX_MESSAGE_BYTES = 5_242_880
_NUMBERS = count(1)


def attempt(number: int, **fields: object) -> dict:
    """An attempt with two questions, the first answered right."""
    questions = [
        {"id": "q1", "user_correct": True, "user_submitted": True, "options": [{"id": "o1", "checked": True}]},
        {"id": "q2", "user_correct": False, "options": [{"id": "o2"}, {"id": "o3", "checked": "false"}]},
    ]
    return {"user_exam_id": f"u{number}", "base_exam_id": "e1", "sequences": {"questions": questions}, **fields}


@dataclass
class Lake:
    """Where one test lands, and what is there."""

    spark: object
    brokers: str
    contract: str
    database: str
    directory: Path

    def land(self, topic: LocalTopic, *flags: str, **options: object) -> dict:
        options = {
            "brokers": self.brokers,
            "topic": topic.name,
            "contract": self.contract,
            "database": self.database,
            "max_message_bytes": MAX_MESSAGE_BYTES,
            "result": self.directory / "result.json",
            **options,
        }
        arguments = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
        land.main([*arguments, *flags])
        return json.loads((self.directory / "result.json").read_text())

    def rows(self, name: str, *columns: str, by: str = "kafka_partition, kafka_offset") -> list[tuple]:
        table = self.spark.sql(f"SELECT * FROM {self.database}.{name} ORDER BY {by}")
        return [tuple(row) for row in table.select(*columns).collect()]

    def attempts(self) -> list[str]:
        return [name for (name,) in self.rows("exam_attempts", "user_exam_id")]

    def counts(self) -> dict[str, int]:
        names = ["exam_messages", "exam_attempts", "exam_questions", "exam_options", "exam_messages_quarantine"]
        return {name.removeprefix("exam_"): self.spark.table(f"{self.database}.{name}").count() for name in names}


def messages(result: dict) -> tuple[int, int, int]:
    """Messages that were new, landed before and read again; none of them skipped."""
    assert result["landed"]["skipped"] == []
    return tuple(result["landed"][name] for name in ("new", "before", "again"))


@pytest.fixture
def lake(spark, broker, contract_file, tmp_path) -> Iterator[Lake]:
    contract = contract_file("exam_messages")
    return Lake(spark, broker.address, contract, f"lake.landing_{next(_NUMBERS)}", tmp_path)


@pytest.fixture
def topic(spark, broker) -> Iterator[LocalTopic]:
    name = f"attempts-{next(_NUMBERS)}"
    config = {"max.message.bytes": str(MAX_MESSAGE_BYTES)}
    topic = LocalTopic(spark, broker.address, name=name, partitions=2, config=config)
    yield topic
    topic.close()


def test_messages_stay_as_they_came_and_lie_flat_beside_with_keys_between_them(lake, topic):
    sent = attempt(1, max_attempts="1.0", certification="false", keen_timestamp="1516717442.735266")
    text = json.dumps(sent, indent=1)
    topic.send(text, key=b"u1")
    topic.send([attempt(2), attempt(3, sequences=None)], partition=1)
    result = lake.land(topic)
    assert (result["ingested"], result["rowsOut"], result["landed"]["quarantined"]) == (2, 3, 0)
    assert lake.rows("exam_messages", "record_key", "record_value")[0] == (b"u1", text.encode())
    ids = [row[0] for row in lake.rows("exam_messages", "message_id")]
    assert [id.split("/")[1:] for id in ids] == [["0", "0"], ["1", "0"]]
    by = "kafka_partition, kafka_offset, position"
    assert lake.rows("exam_attempts", "attempt_id", "message_id", "position", "user_exam_id", by=by) == [
        (f"{ids[0]}/0", ids[0], 0, "u1"),
        (f"{ids[1]}/0", ids[1], 0, "u2"),
        (f"{ids[1]}/1", ids[1], 1, "u3"),
    ]
    (first,) = lake.rows("exam_attempts", "max_attempts", "certification", "keen_timestamp", "total", by=by)[:1]
    assert (first[0], first[1], first[2].isoformat(), first[3]) == (1, False, "2018-01-23T14:24:02.735266", None)
    questions = lake.rows("exam_questions", "attempt_id", "question_number", "question_id", by="1, 2")
    assert [(id.rpartition("/")[0], number, name) for id, number, name in questions] == sorted(
        [(ids[0], 1, "q1"), (ids[0], 2, "q2"), (ids[1], 1, "q1"), (ids[1], 2, "q2")]
    )
    options = lake.rows("exam_options", "question_number", "option_number", "option_id", "checked", by="1, 2, 3")
    assert sorted(options, key=str)[:4] == [(1, 1, "o1", True)] * 2 + [(2, 1, "o2", None)] * 2


def test_each_run_lands_what_came_since_the_last_one(lake, topic):
    topic.send(attempt(1), attempt(2))
    assert messages(lake.land(topic)) == (2, 0, 0)
    topic.send(attempt(3), partition=1)
    topic.send(attempt(4))
    assert messages(lake.land(topic)) == (2, 2, 0)
    assert messages(lake.land(topic)) == (0, 4, 0)
    assert sorted(lake.attempts()) == ["u1", "u2", "u3", "u4"]


@pytest.mark.runs
def test_an_empty_topic_makes_the_tables_and_a_result_of_zeros(lake, topic):
    result = lake.land(topic)
    assert (result["rowsIn"], result["rowsOut"], result["landed"]["quarantined"]) == (0, 0, 0)
    assert set(lake.counts().values()) == {0}
    topic.send(attempt(1))
    assert lake.land(topic)["ingested"] == 1


@pytest.mark.parametrize(
    "fails_at",
    [
        "exam_options",
        pytest.param("exam_attempts", marks=pytest.mark.runs),
        pytest.param("exam_messages_quarantine", marks=pytest.mark.runs),
    ],
)
def test_a_crash_after_any_commit_loses_nothing_and_repeats_nothing(lake, topic, monkeypatch, fails_at):
    topic.send(attempt(1), "not json")
    lake.land(topic)
    topic.send([attempt(2), attempt(3)], "not json", partition=1)

    def crash(rows, table, *rest):
        if table.endswith(fails_at):
            raise RuntimeError
        landed.write(rows, table, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(land, "write", crash)
        with pytest.raises(RuntimeError):
            lake.land(topic)
    assert lake.counts()["messages"] == 4
    topic.send(attempt(4))
    result = lake.land(topic)
    assert (result["ingested"], result["landed"]["before"]) == (1, 4)
    assert sorted(lake.attempts()) == ["u1", "u2", "u3", "u4"]
    assert lake.counts() == {
        "messages": 5, "attempts": 4, "questions": 8, "options": 12, "messages_quarantine": 2
    }  # fmt: skip


@pytest.mark.runs
def test_a_broker_that_starts_again_while_its_messages_are_read_loses_and_doubles_nothing(lake, tmp_path, monkeypatch):
    directory = tmp_path / "kafka"
    directory.mkdir()
    broker = LocalBroker(directory)
    broker.start()
    topic = LocalTopic(lake.spark, broker.address, name="attempts", partitions=2)
    starting = threading.Timer(3, broker.start_again)
    try:
        topic.send(*[attempt(number) for number in range(30)])
        topic.send(*[attempt(number) for number in range(30, 60)], partition=1)

        def killing(rows, table, *rest):
            if table.endswith("exam_messages"):
                broker.kill()
                starting.start()
            return landed.write(rows, table, *rest)

        with monkeypatch.context() as patch:
            patch.setattr(land, "write", killing)
            assert messages(lake.land(topic, brokers=broker.address)) == (60, 0, 0)
        assert messages(lake.land(topic, brokers=broker.address)) == (0, 60, 0)
        assert sorted(lake.attempts()) == sorted(f"u{number}" for number in range(60))
    finally:
        starting.join()
        topic.close()
        broker.stop()


@pytest.mark.runs
def test_a_range_read_again_lands_in_the_same_rows_also_where_a_crash_leaves_it_half_replaced(lake, topic, monkeypatch):
    topic.send(*[attempt(number) for number in range(6)])
    topic.send("not json", attempt(7), partition=1)
    lake.land(topic)
    before = {name: lake.rows(name, "*", by="1, 2, 3")[0][:3] for name in ("exam_attempts", "exam_options")}
    counts = lake.counts()
    lake.spark.sql(f"DELETE FROM {lake.database}.exam_messages WHERE kafka_partition = 0 AND kafka_offset = 3")
    lake.spark.sql(f"UPDATE {lake.database}.exam_attempts SET user_exam_id = 'wrong' WHERE kafka_offset = 3")

    def crash(*_):
        raise RuntimeError

    with monkeypatch.context() as patch:
        # After the rows are on their branch and before readers see them.
        patch.setattr(landed, "fast_forward", crash)
        with pytest.raises(RuntimeError):
            lake.land(topic, from_offset="0:2", to_offset="0:5")
    assert lake.counts()["messages"] == 7
    result = lake.land(topic, from_offset="0:2", to_offset="0:5")
    assert messages(result) == (0, 7, 3)
    assert lake.counts() == counts
    assert sorted(lake.attempts()) == sorted([*[f"u{number}" for number in range(6)], "u7"])
    assert {name: lake.rows(name, "*", by="1, 2, 3")[0][:3] for name in before} == before
    assert lake.land(topic)["landed"]["new"] == 0


@pytest.mark.runs
def test_a_number_for_all_partitions_reads_again_and_goes_on_to_what_is_new(lake, topic):
    topic.send(attempt(1), attempt(2))
    topic.send(attempt(3), partition=1)
    lake.land(topic)
    topic.send(attempt(4))
    assert messages(lake.land(topic, from_offset="1")) == (1, 3, 1)
    assert sorted(lake.attempts()) == ["u1", "u2", "u3", "u4"]
    topic.send(attempt(5), attempt(6))
    assert lake.land(topic, to_offset="0:4")["landed"]["new"] == 1
    assert lake.land(topic)["landed"]["new"] == 1


@pytest.mark.runs
def test_what_retention_deleted_is_named_and_skipped_only_where_that_is_asked_for(lake, topic, monkeypatch):
    topic.send(attempt(1))
    lake.land(topic)
    topic.send(attempt(2), attempt(3), attempt(4))
    there = read_topic(lake.spark, lake.brokers, topic.name, {})
    topic.delete_records_before(partition=0, offset=3)
    with monkeypatch.context() as patch:
        # As if they were deleted after the look at the offsets, while it reads.
        patch.setattr(land, "read_topic", lambda *_: there)
        with pytest.raises(StepError, match="Nothing was landed; the next run names them"):
            lake.land(topic)
    with pytest.raises(
        StepError, match=rf"gap in {topic.name}/0: offsets 1 to 2 were deleted.*run once with --skip-missing"
    ):
        lake.land(topic)
    assert lake.attempts() == ["u1"]
    gap = {"partition": 0, "from": 1, "to": 3}
    (skipped,) = lake.land(topic, "--skip-missing", "yes")["landed"]["skipped"]
    assert skipped.items() >= gap.items()
    assert lake.attempts() == ["u1", "u4"]
    topic.send(attempt(5))
    assert lake.land(topic)["landed"]["skipped"] == []
    told = landed.landed(lake.spark, f"{lake.database}.exam_attempts")
    assert [each.items() >= gap.items() for each in told.skipped] == [True]


@pytest.mark.runs
def test_a_range_that_is_read_again_keeps_the_rows_of_messages_that_are_gone_from_the_topic(lake, topic):
    topic.send(attempt(1), attempt(2), attempt(3))
    lake.land(topic)
    topic.delete_records_before(partition=0, offset=2)
    with pytest.raises(StepError, match="offsets 0 to 1 were deleted"):
        lake.land(topic, from_offset="0")
    lake.spark.sql(f"DELETE FROM {lake.database}.exam_attempts WHERE user_exam_id = 'u1'")
    result = lake.land(topic, "--skip-missing", "yes", from_offset="0")
    # What was landed is not lost: its rows are made again from the message in the lake.
    assert messages(result) == (0, 3, 1)
    assert lake.attempts() == ["u1", "u2", "u3"]


@pytest.mark.runs
def test_a_topic_made_anew_is_told_from_the_one_before_although_offsets_begin_again(lake, topic):
    topic.send(attempt(1), attempt(2))
    lake.land(topic)
    topic.delete()
    topic.create()
    topic.send(attempt(3))
    with pytest.raises(StepError, match=r"which was made anew since.*0:2.*run once with --skip-missing"):
        lake.land(topic)
    result = lake.land(topic, "--skip-missing", "yes")
    assert result["landed"]["new"] == 1
    assert sorted(lake.attempts()) == ["u1", "u2", "u3"]
    assert lake.land(topic)["landed"]["new"] == 0


def test_what_does_not_fit_is_quarantined_with_its_reason_and_stays_among_the_messages(lake, topic):
    half = b'{"base_exam_id": "e1", "sequ'
    wrong_option = attempt(9)
    wrong_option["sequences"]["questions"][1]["options"][0]["checked"] = "maybe"
    poison = {
        half: f"value must be a JSON object or an array of them, got {half.decode()}",
        None: "value must be a JSON object or an array of them, got null",
        b"\xff\xfe{}": "value must be UTF-8, got 0xFFFE7B7D",
        b"[]": "value must be a JSON object or an array of them, got []",
        b'"text"': 'value must be a JSON object or an array of them, got "text"',
        b"{}": "base_exam_id must be present, got nothing",
        b'{"base_exam_id": "e"} {"base_exam_id": "f"}': "value must be a JSON object or an array of them, got "
        '{"base_exam_id": "e"} {"base_exam_id": "f"}',
        b'{"base_exam_id": "e", "max_attempts": "1.5"}': "max_attempts must be a whole number of 32 bits, got 1.5",
        b'{"base_exam_id": "e", "started_at": "soon"}': "started_at must be a time by ISO 8601, or in seconds since "
        "1970, between the years 2000 and 2100, got soon",
        b'{"base_exam_id": "e", "sequences": "none"}': 'sequences must be an object, got "none"',
        b'{"base_exam_id": "e", "sequences": {"questions": {}}}': "sequences.questions must be a list of objects, "
        "got {}",
        b'{"base_exam_id": "e", "sequences": {"questions": [null]}}': "sequences.questions[0] must be an object, "
        "got null",
        json.dumps(wrong_option).encode(): "sequences.questions[1].options[0].checked must be true or false, got maybe",
    }
    topic.send(attempt(1), *poison, [attempt(2), {"exam": 1}, 5, attempt(3)])
    result = lake.land(topic)
    assert (result["ingested"], result["rowsOut"], result["landed"]["quarantined"]) == (
        len(poison) + 2,
        3,
        len(poison) + 2,
    )
    by = "kafka_partition, kafka_offset, position"
    assert lake.attempts() == ["u1", "u2", "u3"]
    quarantined = lake.rows("exam_messages_quarantine", "record_value", "reason", "position", by=by)
    assert quarantined[: len(poison)] == [(value, reason, 0) for value, reason in poison.items()]
    assert quarantined[len(poison) :] == [
        (b'{"exam":1}', "base_exam_id must be present, got nothing", 1),
        (b"5", "value must be a JSON object or an array of them, got 5", 2),
    ]
    assert [value for (value,) in lake.rows("exam_messages", "record_value")][1:-1] == list(poison)


def test_a_message_of_the_largest_size_is_landed_whole(lake, topic):
    # What Kafka adds to a value of this size without a key: 61 bytes of a batch, 13 of a record.
    padding = MAX_MESSAGE_BYTES - 74 - len(json.dumps(attempt(1, padding="")).encode())
    largest = json.dumps(attempt(1, padding="x" * padding))
    topic.send(largest)
    assert lake.land(topic)["rowsOut"] == 1
    assert lake.rows("exam_messages", "record_value") == [(largest.encode(),)]
    with pytest.raises(Exception, match="RecordTooLarge"):
        topic.send(largest + " ")


@pytest.mark.runs
def test_offsets_outlive_days_without_messages_and_the_maintenance_of_the_tables(lake, topic, monkeypatch):
    topic.send(attempt(1))
    lake.land(topic)
    table = f"{lake.database}.exam_messages"
    monkeypatch.setattr(landed, "LONGEST_UNTOLD", landed.LONGEST_UNTOLD * 0)
    lake.land(topic)
    lake.spark.sql(f"CALL lake.system.expire_snapshots(table => '{table}', retain_last => 1)")
    lake.land(topic)
    assert landed.landed(lake.spark, table).offsets == {0: 1, 1: 0}
    assert lake.land(topic)["landed"]["new"] == 0


@pytest.mark.skipif(not REAL.exists(), reason="real attempts are not on this machine")
def test_real_attempts_have_the_figures_of_a_plain_flattening(lake, topic):
    lines = REAL.read_text().splitlines()
    topic.send(*lines)
    assert lake.land(topic)["rowsOut"] == len(lines) == 18
    columns = ["user_exam_id", "exam_name", "total", "correct", "incorrect", "incomplete", "unanswered", "submitted"]
    landed_attempts = {row[0]: row[1:] for row in lake.rows("exam_attempts", *columns)}
    figures = lake.spark.sql(
        f"""
        SELECT user_exam_id, count(*), count_if(user_correct), sum(options), sum(checked), sum(right)
        FROM {lake.database}.exam_attempts JOIN {lake.database}.exam_questions USING (attempt_id) JOIN (
          SELECT attempt_id, question_number, count(*) options, count_if(checked) checked, count_if(correct) right
          FROM {lake.database}.exam_options GROUP BY ALL) USING (attempt_id, question_number)
        GROUP BY user_exam_id
        """
    ).collect()
    plain_attempts, plain_figures = {}, {}
    for line in lines:
        sent = json.loads(line)
        counts, questions = sent["sequences"]["counts"], sent["sequences"]["questions"]
        options = [option for question in questions for option in question["options"]]
        id = sent["user_exam_id"]
        plain_attempts[id] = (sent["exam_name"], *[counts[name] for name in columns[2:]])
        plain_figures[id] = (
            len(questions),
            sum(question["user_correct"] for question in questions),
            len(options),
            sum(option["checked"] for option in options),
            sum(option.get("correct", False) for option in options),
        )
    assert landed_attempts == plain_attempts
    assert {row[0]: tuple(row[1:]) for row in figures} == plain_figures
