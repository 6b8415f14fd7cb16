"""Listening events for tests: a test writes only what it is about, the rest is an ordinary song."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

EVENTS = (
    "event_id string, ts timestamp, user_id string, session_id long, page string, auth string, method string, "
    "status int, level string, item_in_session int, location string, user_agent string, last_name string, "
    "first_name string, registration timestamp, gender string, artist string, song string, length double"
)
SONG = {
    "user_id": "u",
    "session_id": 1,
    "page": "NextSong",
    "auth": "Logged In",
    "method": "PUT",
    "status": 200,
    "level": "free",
    "item_in_session": 0,
    "location": "Boston, MA",
    "user_agent": "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 Chrome/36.0 Safari/537.36",
    "last_name": "Doe",
    "first_name": "Jo",
    "registration": datetime(2018, 9, 1, tzinfo=UTC),
    "gender": "F",
    "artist": "Artist",
    "song": "Song",
    "length": 240.0,
}


def at(text: str) -> datetime:
    """`at("2018-10-03 12:00")` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


def events_of(spark: SparkSession, events: Iterable[dict[str, Any]]) -> DataFrame:
    names = [column.split()[0] for column in EVENTS.split(", ")]
    rows = [{"event_id": f"test:{line}", **SONG, **event} for line, event in enumerate(events)]
    return spark.createDataFrame([tuple(row[name] for name in names) for row in rows], EVENTS)


def events_of_file(spark: SparkSession, file: str) -> DataFrame:
    """Events of a JSON-lines file with the source's names and epoch milliseconds, as the lake has them."""
    lines = spark.read.schema(
        "ts long, userId string, sessionId long, page string, auth string, method string, status int, level string, "
        "itemInSession int, location string, userAgent string, lastName string, firstName string, registration long, "
        "gender string, artist string, song string, length double"
    ).json(file)
    renamed = {
        "ts": F.timestamp_millis("ts"),
        "registration": F.timestamp_millis("registration"),
        "user_id": F.when(F.trim("userId") != "", F.col("userId")),
        "session_id": F.col("sessionId"),
        "item_in_session": F.col("itemInSession"),
        "user_agent": F.col("userAgent"),
        "first_name": F.col("firstName"),
        "last_name": F.col("lastName"),
        "event_id": F.concat(F.lit("test:"), F.monotonically_increasing_id()),
    }
    names = [column.split()[0] for column in EVENTS.split(", ")]
    return lines.select(*[renamed.get(name, F.col(name)).alias(name) for name in names])
