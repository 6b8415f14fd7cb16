"""Readers of the lake get the derived tables whole and checked, or keep those they had."""

import json
from pathlib import Path

import maintain
import pytest
import star
from staging import EVENTS, SONGS, stage

from millrace import candidates
from millrace.contract import read_contract
from millrace.step import StepError

# Two of the tables are enough here; test_star_routes.py builds all of them.
TABLES = ("songs", "artists")


class Step:
    """The step over files of its own, into tables of its own."""

    def __init__(self, spark, folder: Path, database: str, contract_file):
        self.spark = spark
        self.staged = folder / "staged"
        self.result = folder / "result.json"
        self.database = database
        self.tables = [f"{database}.{name}" for name in TABLES]
        self.contracts = {name: fewer_checks(folder, contract_file(name)) for name in (SONGS, *TABLES)}

    def run(self, **other_contracts: Path) -> dict:
        contracts = {**self.contracts, **other_contracts}
        flags = [("--staged", self.staged), ("--database", self.database), ("--result", self.result)]
        flags += [("--source", contracts[SONGS]), *(("--table", contracts[name]) for name in TABLES)]
        star.main([str(part) for flag in flags for part in flag])
        return json.loads(self.result.read_text())

    def seen(self) -> dict[str, dict]:
        """What readers see: rows by their key."""
        read = {name: self.spark.table(table).collect() for name, table in zip(TABLES, self.tables, strict=True)}
        return {name: {row[0]: row.asDict() for row in rows} for name, rows in read.items()}

    def branches(self) -> list[set[str]]:
        return [{row.name for row in self.spark.table(f"{table}.refs").collect()} for table in self.tables]


def fewer_checks(folder: Path, file: str) -> Path:
    """The contract with the checks that these tests are about: each one takes its time."""
    contract = json.loads(Path(file).read_text())
    contract["checks"] = [check for check in contract["checks"] if "not null" in check]
    fewer = folder / Path(file).name
    fewer.write_text(json.dumps(contract))
    return fewer


@pytest.fixture(scope="module")
def step(spark, tmp_path_factory, contract_file):
    """The step, after a first run over one song."""
    step = Step(spark, tmp_path_factory.mktemp("star"), "lake.tests_star", contract_file)
    stage(step.staged, SONGS, "first", [{}])
    step.first = step.run()
    return step


def test_tables_are_made_as_their_contracts_say(spark, step):
    assert step.first == {"rowsIn": 1, "rowsOut": 2, "tables": {"songs": 1, "artists": 1}}
    [songs, artists] = step.tables
    assert spark.table(songs).schema["year"].metadata["comment"] == "Year of release; null when unknown"
    assert [row.partition.asDict() for row in spark.table(f"{songs}.partitions").collect()] == [{"year": 2001}]
    assert spark.table(artists).columns == ["artist_id", "name", "location", "latitude", "longitude"]
    assert step.branches() == [{"main"}, {"main"}]


def test_with_nothing_new_staged_there_is_nothing_to_do(step):
    tables = step.run()["tables"]
    assert step.run() == {"rowsIn": 0, "rowsOut": 0, "skipped": "nothing new was staged", "tables": tables}


def test_a_check_that_fails_is_named_with_its_table_and_keys_and_readers_keep_what_they_had(step):
    before = step.seen()
    stage(step.staged, SONGS, "bad", [{"song_id": "SO2", "title": None}, {"song_id": "SO3", "title": "Three"}])
    with pytest.raises(StepError, match=r"^check not null \(title\) of songs must hold, got 1 failure: SO2$"):
        step.run()
    assert step.seen() == before
    # What failed is not taken for done: the next run looks at it again, and at what came since.
    stage(step.staged, SONGS, "mended", [{"song_id": "SO2", "title": "Two", "staged_at": "2026-01-02T00:00:00.000Z"}])
    assert "skipped" not in step.run()
    titles = {song: row["title"] for song, row in step.seen()["songs"].items()}
    assert {song: titles[song] for song in ("SO2", "SO3")} == {"SO2": "Two", "SO3": "Three"}
    assert step.branches() == [{"main"}, {"main"}]


@pytest.mark.runs
def test_a_run_that_is_killed_between_two_tables_is_mended_by_the_next(step, monkeypatch, tmp_path):
    stage(step.staged, SONGS, "killed", [{"song_id": "SO4", "artist_id": "AR4"}])
    fast_forward = candidates.fast_forward

    def killed(spark, table):
        if table == step.tables[0]:
            raise KeyboardInterrupt
        fast_forward(spark, table)

    monkeypatch.setattr(candidates, "fast_forward", killed)
    with pytest.raises(KeyboardInterrupt):
        step.run()
    monkeypatch.undo()
    # The artist is there before the song that refers to it.
    assert ("AR4" in step.seen()["artists"], "SO4" in step.seen()["songs"]) == (True, False)
    assert "skipped" not in step.run()
    assert "SO4" in step.seen()["songs"]
    assert step.branches() == [{"main"}, {"main"}]

    maintain.main(["--table", *step.tables, "--expire-days", "0", "--result", str(tmp_path / "maintained.json")])
    assert json.loads((tmp_path / "maintained.json").read_text())["snapshotsExpired"] > 0
    assert step.run()["skipped"]


def test_a_column_that_a_contract_gained_is_added_and_filled(spark, step, tmp_path):
    contract = json.loads(step.contracts["songs"].read_text())
    gained = {"name": "songs_in_file", "type": "integer", "nullable": True}
    metadata = {"comment": "Came later", "from": {"column": "num_songs"}}
    contract["schema"]["fields"].append({**gained, "metadata": metadata})
    changed = tmp_path / "songs.json"
    changed.write_text(json.dumps(contract))
    assert "skipped" not in step.run(songs=changed)
    assert step.seen()["songs"]["SO1"]["songs_in_file"] == 1
    assert spark.table(step.tables[0]).schema["songs_in_file"].metadata["comment"] == "Came later"


@pytest.mark.parametrize(
    ("sources", "tables", "message"),
    [
        ([SONGS], [SONGS], "table must be a contract with a derivation, got catalogue_songs"),
        ([SONGS], ["users"], "source must hold listening_events, which users is made of, got catalogue_songs"),
        ([EVENTS], ["songplays"], "table must hold songs, which songplays looks up, got songplays"),
    ],
)
def test_fails_when_a_contract_is_missing(spark, contract_file, sources, tables, message):
    given = [[read_contract(spark, contract_file(name)) for name in names] for names in (sources, tables)]
    with pytest.raises(StepError, match=f"^{message}$"):
        star.require_complete(*given)
