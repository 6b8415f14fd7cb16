"""Warehouse and lake come to the same tables, row by row and column by column, each by code of its own.

The warehouse takes files in batch after batch and computes what they touch; the lake makes everything anew at the end.
"""

import gzip
import json
import random
import subprocess
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import star
from conftest import ROOT

from millrace.contract import read_contract

SOURCES = ("listening_events", "catalogue_songs")
TABLES = ("songplays", "users", "songs", "artists", "time")
REAL = ROOT.parent / "shared" / "data" / "songplays" / "log_data_song_data.tar.gz"

TEXTS = [
    "Song",
    "song",
    "Söng ☃ 🎵",
    'say "it"',
    "back\\slash",
    "a, b;c\n\td",
    "it's",
    " ",
    "{}[]",
    "Ⅷ é é",
    "NULL",
    "\\N",
    # What no table can hold.
    "nul \0",
    "half \ud83d",
]
LENGTHS = [None, 0, 180, 180.5, 181, 181.25, 181.5, 182.00001, 0.1 + 0.2, 1e-7, 240.79628]
# Midnights and years' ends, and instants that differ by a millisecond.
INSTANTS = [
    int(datetime(*day, tzinfo=UTC).timestamp() * 1000) + offset
    for day in ((2018, 11, 4), (2018, 12, 31), (2019, 1, 1), (2020, 2, 29), (2021, 1, 3), (2024, 12, 30))
    for offset in (-1, 0, 1, 43_200_123)
]


class Generated:
    """Files made of few different values, so that every kind of tie and duplicate is there."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.events: list[dict] = []

    def event(self) -> dict:
        pick = self.random.choice
        # Of what there was: another version of an event, or the same one.
        if self.events and self.random.random() < 0.3:
            return {**pick(self.events), **({"location": pick(TEXTS)} if self.random.random() < 0.5 else {})}
        event = {
            "ts": pick(INSTANTS),
            "userId": pick(["", None, 7, "7", " 8", "Ü", "10", "39"]),
            "sessionId": pick([1, 2, 9_007_199_254_740_991]),
            "itemInSession": pick([0, 1, 2, None]),
            "page": pick(["NextSong", "NextSong", "NextSong", "Home"]),
            "level": pick(["free", "paid"]),
            "song": pick([*TEXTS, None]),
            "artist": pick([*TEXTS[:3], None]),
            "length": pick(LENGTHS),
            "location": pick([*TEXTS, None]),
            "userAgent": pick(TEXTS),
            "firstName": pick([*TEXTS, None]),
            "registration": pick([1540344794796.0, None, 946_684_800_000]),
        }
        self.events.append(event)
        return event

    def song(self) -> dict:
        pick = self.random.choice
        return {
            "song_id": f"SO{self.random.randrange(60)}",
            "title": pick(TEXTS),
            "artist_id": f"AR{self.random.randrange(6)}",
            "artist_name": pick(TEXTS[:3]),
            "artist_location": pick([*TEXTS, "", None]),
            "artist_latitude": pick([None, 35.14968, -0.0, 1e-300, 90]),
            "artist_longitude": pick([None, -90.04892, 0.1 + 0.2]),
            "duration": pick([length for length in LENGTHS if length is not None]),
            "year": pick([0, None, 1969, 2018]),
            "num_songs": 1,
        }

    def batch(self, folder: Path, events: int, songs: int) -> Path:
        """Writes logs plain and packed, and the songs."""
        for part in ("logs", "songs"):
            (folder / part).mkdir(parents=True)
        for name, count in (("a.json", events // 2), ("b.jsonl.gz", events - events // 2)):
            lines = json_lines(self.event() for _ in range(count))
            (folder / "logs" / name).write_bytes(gzip.compress(lines) if name.endswith(".gz") else lines)
        for number in range(2):
            (folder / "songs" / f"{number}.json").write_bytes(json_lines(self.song() for _ in range(songs // 2)))
        return folder


def json_lines(rows) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def warehouse(home: Path, *batches: Path) -> subprocess.Popen:
    """Begins to take batches into the warehouse; its tables, and what it staged, are in `home` afterwards."""
    command = ["node", "--import", "tsx", "test/support/star-tables.ts", str(home), *map(str, batches)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def lake(home: Path, database: str) -> dict:
    """Builds the lake's tables from what the warehouse has staged."""
    flags = [("--staged", home / "staged"), ("--database", database), ("--result", home / "result.json")]
    flags += [("--source", contract_of(home, name)) for name in SOURCES]
    flags += [("--table", contract_of(home, name)) for name in TABLES]
    star.main([str(part) for flag in flags for part in flag])
    return json.loads((home / "result.json").read_text())


def contract_of(home: Path, name: str) -> str:
    return str(home / "contracts" / f"{name}.json")


def in_warehouse(spark, home: Path, name: str) -> list[dict]:
    """Rows of a table, with the values that Spark has for them."""
    types = {field.name: field.dataType.typeName() for field in read_contract(spark, contract_of(home, name)).schema}
    # Not splitlines(): texts hold characters that it takes for the end of a line.
    lines = (home / "tables" / f"{name}.jsonl").read_text().split("\n")[:-1]
    # Numbers as they are written: Python would take a double without fraction for an integer, and lose the sign of -0.
    rows = [json.loads(line, parse_int=str, parse_float=str) for line in lines]
    return [
        {column: READ[types[column]](row[column]) if row[column] is not None else None for column in types}
        for row in rows
    ]


READ = {
    "string": str,
    "integer": int,
    "long": int,
    "double": float,
    "timestamp": lambda text: datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None),
}


def in_lake(spark, database: str, name: str) -> list[dict]:
    return [row.asDict() for row in spark.table(f"{database}.{name}").collect()]


def in_order(rows: list[dict]) -> list[str]:
    # As text, which tells 0.0 from -0.0.
    return sorted(map(repr, rows))


def counts(tables: dict[str, list[dict]]) -> dict[str, int]:
    return {name: len(rows) for name, rows in tables.items()}


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """Both warehouses are filled while Spark does other things."""
    folder = tmp_path_factory.mktemp("routes")
    files = Generated(seed=11)
    batches = [files.batch(folder / f"batch-{number}", 150, songs) for number, songs in enumerate([0, 40, 30])]
    begun = {"generated": warehouse(folder / "generated", *batches)}
    if REAL.exists():
        (folder / "real").mkdir()
        with tarfile.open(REAL) as archive:
            archive.extractall(folder / "files", filter="data")
        for part, data in (("logs", "log_data"), ("songs", "song_data")):
            (folder / "files" / data).rename(folder / "files" / part)
        begun["real"] = warehouse(folder / "real", folder / "files")

    def home(name: str) -> Path:
        process = begun[name]
        _, errors = process.communicate()
        assert process.returncode == 0, errors
        return folder / name

    yield home
    for process in begun.values():
        process.kill()


def both(spark, home: Path, database: str) -> tuple[dict, dict]:
    return tuple(
        {name: rows(name) for name in TABLES}
        for rows in (lambda name: in_warehouse(spark, home, name), lambda name: in_lake(spark, database, name))
    )


def test_of_generated_files_with_every_kind_of_tie_and_duplicate_both_make_the_same_rows(spark, homes):
    home = homes("generated")
    result = lake(home, "lake.generated_routes")
    warehouse_tables, lake_tables = both(spark, home, "lake.generated_routes")
    for name in TABLES:
        assert in_order(lake_tables[name]) == in_order(warehouse_tables[name]), name
    assert result["tables"] == counts(warehouse_tables)
    # The cases are there: songs found and not, fewer rows than events, listeners who changed their level.
    plays = warehouse_tables["songplays"]
    found = [play for play in plays if play["song_id"] is not None]
    assert 20 < len(found) < len(plays) < result["rowsIn"]
    assert {play["level"] for play in plays if play["user_id"] == "7"} == {"free", "paid"}


@pytest.mark.runs
@pytest.mark.skipif(not REAL.exists(), reason="the published logs and songs are not in ../shared/data")
def test_of_published_logs_and_songs_both_make_the_same_rows(spark, homes):
    home = homes("real")
    result = lake(home, "lake.real_routes")
    warehouse_tables, lake_tables = both(spark, home, "lake.real_routes")
    for name in TABLES:
        assert in_order(lake_tables[name]) == in_order(warehouse_tables[name]), name
    assert result["rowsIn"] == 8056 + 71
    assert counts(lake_tables) == {"songplays": 6820, "users": 96, "songs": 71, "artists": 69, "time": 6813}
    assert len([play for play in lake_tables["songplays"] if play["song_id"] is not None]) == 1
