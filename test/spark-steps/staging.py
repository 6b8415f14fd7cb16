"""Staged files as `stage-files` leaves them: a test writes only what it is about, the rest is an ordinary row."""

import gzip
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from millrace.contract import read_contract

EVENT = {
    "ts": "2018-11-05T12:00:00.000Z",
    "user_id": "u",
    "session_id": 1,
    "page": "NextSong",
    "auth": "Logged In",
    "method": "PUT",
    "status": 200,
    "level": "free",
    "item_in_session": 0,
    "location": "Boston, MA",
    "user_agent": "Mozilla/5.0",
    "last_name": "Doe",
    "first_name": "Jo",
    "registration": "2018-09-01T00:00:00.000Z",
    "gender": "F",
    "artist": "Artist",
    "song": "Title",
    "length": 240.0,
}
SONG = {
    "song_id": "SO1",
    "title": "Title",
    "artist_id": "AR1",
    "artist_name": "Artist",
    "artist_location": None,
    "artist_latitude": None,
    "artist_longitude": None,
    "duration": 240.0,
    "year": 2001,
    "num_songs": 1,
}
EVENTS, SONGS = "listening_events", "catalogue_songs"
ORDINARY = {EVENTS: EVENT, SONGS: SONG}


def staged_rows(dataset: str, file_id: str, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a file; without one of its own an event's id is made of its file and line."""
    return [
        {
            **({"event_id": f"{file_id}:{line}"} if dataset == EVENTS else {}),
            **ORDINARY[dataset],
            "file_id": file_id,
            "file_line": line,
            "staged_at": "2026-01-01T00:00:00.000Z",
            **row,
        }
        for line, row in enumerate(rows, start=1)
    ]


def rows_of(spark: SparkSession, contract: str, rows: Iterable[dict[str, Any]]) -> DataFrame:
    """Rows as they are read from staged files; `contract` is the file of their data set's contract."""
    source = read_contract(spark, contract)
    lines = [json.dumps(row) for row in staged_rows(source.name, "file", rows)]
    schema = StructType([*source.schema, *source.staging])
    return spark.read.schema(schema).json(spark.sparkContext.parallelize(lines, 1))


def stage(
    staged: Path,
    dataset: str,
    file_id: str,
    rows: Iterable[dict[str, Any]],
    *,
    form: str = "jsonl",
    packed: bool = False,
    quoted: bool = False,
) -> Path:
    """Stages a file of rows; returns its marker, without which nobody reads the file.

    `form` is how its name goes on: jsonl, csv or multiline.csv; JSON alone is packed. CSV alone has quotes where none
    are needed, too.
    """
    lines = staged_rows(dataset, file_id, rows)
    text = (json_text(lines) if form == "jsonl" else csv_text(lines, quoted)).encode()
    folder = staged / dataset
    for part in ("rows", "files"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    file = folder / "rows" / (f"{file_id}.{form}.gz" if packed else f"{file_id}.{form}")
    file.write_bytes(gzip.compress(text) if packed else text)
    marker = folder / "files" / f"{file_id}.json"
    marker.write_text(json.dumps({"dataset": dataset, "file_id": file_id, "rows": len(lines)}))
    return marker


def json_text(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def csv_text(rows: list[dict[str, Any]], quoted: bool = False) -> str:
    """Rows that have the same columns: a null as an empty field, texts in quotes where needed, or all of them."""

    def field(value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            return repr(value)
        if not quoted and value and not re.search(r'[",\r\n]', value):
            return value
        return '"' + value.replace('"', '""') + '"'

    return "".join(",".join(fields) + "\n" for fields in (rows[0], *(map(field, row.values()) for row in rows)))
