import json
from datetime import UTC, datetime

import pytest
from pyspark.sql.types import BinaryType, IntegerType, LongType, StringType, StructField, StructType, TimestampType

from millrace.contract import read_contract
from millrace.messages import quarantine_rows, read_messages, table_rows

RECORD = StructType(
    [
        StructField("key", BinaryType()),
        StructField("value", BinaryType()),
        StructField("topic", StringType()),
        StructField("partition", IntegerType()),
        StructField("offset", LongType()),
        StructField("timestamp", TimestampType()),
    ]
)
SENT_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SENT_AT_MS = 1_772_366_400_000

GOOD = '{"eventId": "s:1", "ts": 1541016707796, "sessionId": 5, "page": "Home"}'
LONG_TEXT = "x" * 100

NOT_AN_INSTANT = "must be epoch milliseconds between the years 2000 and 2100"


def changed(**fields: object) -> bytes:
    """The good record with other values in some fields; None leaves a field out."""
    return json.dumps(
        {name: value for name, value in {**json.loads(GOOD), **fields}.items() if value is not None}
    ).encode()


BAD = {
    changed(ts="abc"): 'ts must be long, got "abc"',
    changed(ts="1541016707796"): 'ts must be long, got "1541016707796"',
    changed(ts=1.5): "ts must be long, got 1.5",
    changed(ts={"ms": 1}): 'ts must be long, got {"ms":1}',
    changed(ts=None): "ts must be present, got null",
    changed(ts=1541016707): f"ts {NOT_AN_INSTANT}, got 1541016707",
    changed(ts=4102444800000): f"ts {NOT_AN_INSTANT}, got 4102444800000",
    GOOD.replace('"sessionId": 5', '"sessionId": null').encode(): "sessionId must be present, got null",
    changed(sessionId=10**20): f"sessionId must be long, got 1{'0' * 20}",
    changed(page=" "): 'page must be present, got " "',
    changed(status=True): "status must be integer, got true",
    changed(length="NaN"): 'length must be double, got "NaN"',
    changed(userId="é" * 129): "userId must be at most 256 bytes of UTF-8, got 258",
    changed(song="x" * 1025): "song must be at most 1024 bytes of UTF-8, got 1025",
    changed(registration=5): f"registration {NOT_AN_INSTANT}, got 5",
    b"": "value must be a JSON object, got ",
    b"null": "value must be a JSON object, got null",
    b"[]": "value must be a JSON object, got []",
    b"5": "value must be a JSON object, got 5",
    b'{"ts": 1,\n "page"': 'value must be a JSON object, got {"ts": 1, "page"',
    f"[{LONG_TEXT}".encode(): f"value must be a JSON object, got [{LONG_TEXT[:79]}…",
    f"{GOOD}\n{GOOD}".encode(): f"value must be a JSON object, got {(GOOD + ' ' + GOOD)[:80]}…",
    b'{"page": "\xff\xfe"}': "value must be UTF-8, got 0x7B2270616765223A2022FFFE227D",
}


@pytest.fixture
def contract(spark, contract_file):
    return read_contract(spark, contract_file("listening_events"))


@pytest.fixture
def read(spark, contract):
    def messages(*values: bytes | None):
        rows = [(b"key", value, "events", 1, offset, SENT_AT) for offset, value in enumerate(values)]
        return read_messages(spark.createDataFrame(rows, RECORD), contract)

    return messages


def test_a_record_that_does_not_fit_has_the_reason_with_the_field_and_what_it_holds(read, contract):
    rows = quarantine_rows(read(*BAD, None), contract).orderBy("kafka_offset").collect()
    assert [row.reason for row in rows] == [*BAD.values(), "value must be a JSON object, got null"]


def test_a_record_that_fits_has_every_column_and_unknown_fields_are_dropped(read, contract):
    value = GOOD.replace(
        "}", ', "userId": "7", "status": 200, "length": 1.5, "registration": 1537352000000, "new": [1]}'
    )
    row = table_rows(read(value.encode()), contract).first().asDict()
    assert row.pop("ingested_at") is not None
    assert {name: value for name, value in row.items() if value is not None} == {
        "event_id": "s:1",
        "ts": datetime(2018, 10, 31, 20, 11, 47, 796000),
        "session_id": 5,
        "page": "Home",
        "user_id": "7",
        "status": 200,
        "length": 1.5,
        "registration": datetime(2018, 9, 19, 10, 13, 20),
        "kafka_topic": "events",
        "kafka_partition": 1,
        "kafka_offset": 0,
        "kafka_timestamp": SENT_AT.replace(tzinfo=None),
    }
    assert list(row) == [*contract.schema.names, *contract.kafka.names][:-1]


def test_blank_text_is_null_and_a_number_for_a_text_is_its_text(read, contract):
    blank = GOOD.replace("}", ', "userId": " ", "artist": ""}')
    number = GOOD.replace("}", ', "userId": 12, "artist": "\ufffd"}')
    rows = table_rows(read(blank.encode(), number.encode()), contract).orderBy("kafka_offset").collect()
    assert [(row.user_id, row.artist) for row in rows] == [(None, None), ("12", "\ufffd")]


def test_a_record_without_an_event_id_gets_the_place_it_came_from(read, contract):
    value = b'{"ts": 1541016707796, "sessionId": 5, "page": "Home"}'
    assert table_rows(read(value), contract).first().event_id == f"events/1/0@{SENT_AT_MS}"


def test_a_quarantined_record_is_kept_byte_for_byte(read, contract):
    value = b'{"page": "\xff\xfe\x00"'
    rows = quarantine_rows(read(value, None), contract)
    assert rows.columns == contract.quarantine.names
    assert [(bytes(row.record_key), row.record_value and bytes(row.record_value)) for row in rows.collect()] == [
        (b"key", value),
        (b"key", None),
    ]
