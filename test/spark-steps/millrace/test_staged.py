"""Only files that are staged whole are read, and all of their rows."""

import json
from datetime import datetime

import pytest
from staging import SONGS, stage

from millrace.contract import read_contract
from millrace.staged import read_rows, require_all, staged_files
from millrace.step import StepError


@pytest.fixture
def staged(tmp_path):
    """A folder whose name Spark would take for a pattern."""
    return tmp_path / "{staged} [1]*"


@pytest.fixture
def read(spark, staged, contract_file):
    """Reads what is staged of the songs; gives the rows and what `require_all` says of them."""

    def rows():
        files = staged_files(spark, f"{staged}/", SONGS)
        found = read_rows(spark, files, read_contract(spark, contract_file(SONGS)))
        return found.orderBy("file_id", "file_line").collect(), require_all(files, found)

    return rows


def test_rows_are_read_with_their_file_whether_it_is_packed_or_not(staged, read):
    stage(staged, SONGS, "a", [{"title": 'Ä "quoted" \\ \u2028 ☃', "duration": 0.1, "year": None}, {}])
    stage(staged, SONGS, "b", [{"staged_at": "2026-02-03T04:05:06.789Z"}], packed=True)
    stage(staged, SONGS, "no good row", [])
    rows, count = read()
    assert count == 3
    assert [(row.file_id, row.file_line) for row in rows] == [("a", 1), ("a", 2), ("b", 1)]
    assert (rows[0].title, rows[0].duration, rows[0].year) == ('Ä "quoted" \\ \u2028 ☃', 0.1, None)
    assert rows[2].staged_at == datetime(2026, 2, 3, 4, 5, 6, 789_000)


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("form", ["csv", "multiline.csv"])
def test_rows_of_csv_are_those_of_json(staged, read, form, quoted):
    awkward = [
        '"',
        '""',
        "a, b",
        "\\",
        '\\"',
        " a ",
        "\t",
        "#",
        "\\N",
        "null",
        "",
        None,
        "\u2028 ☃",
        "\x1e",
        "NaN",
        "-0",
    ]
    rows = [{"title": text, "artist_latitude": -0.0, "duration": 1e-300, "year": None} for text in awkward]
    if form == "multiline.csv":
        rows += [{"title": text} for text in ("\n", "a\r\nb", "\r", '"\n"', "a\n,,")]
    stage(staged, SONGS, "json", rows)
    stage(staged, SONGS, "csv", rows, form=form, quoted=quoted)
    found, count = read()
    assert count == 2 * len(rows)
    each = {file_id: [row.asDict() for row in found if row.file_id == file_id] for file_id in ("json", "csv")}
    assert [{**row, "file_id": "json"} for row in each["csv"]] == each["json"]
    assert [row["title"] for row in each["csv"]] == [row["title"] for row in rows]


def test_rows_of_csv_go_by_the_names_in_the_header(staged, read):
    stage(staged, SONGS, "now", [{"title": "Now"}], form="csv")
    now = staged / SONGS / "rows" / "now.csv"
    header, row = now.read_text().splitlines()
    for file_id, columns, values in (
        ("lacks", header.replace(",num_songs", ""), row.replace(",1,", ",", 1)),
        ("has more", f"gone,{header}", f'"of a column that was",{row}'),
    ):
        stage(staged, SONGS, file_id, [{}], form="csv")
        (staged / SONGS / "rows" / f"{file_id}.csv").write_text(f"{columns}\n{values.replace('now', file_id)}\n")
    rows, count = read()
    assert count == 3
    assert [(row.file_id, row.title, row.num_songs) for row in rows] == [
        ("has more", "Now", 1),
        ("lacks", "Now", None),
        ("now", "Now", 1),
    ]


def test_csv_is_read_by_the_uri_of_its_folder_as_by_its_path(spark, staged, contract_file):
    stage(staged, SONGS, "one", [{"title": "One"}], form="csv")
    files = staged_files(spark, f"file://{staged}", SONGS)
    assert [row.title for row in read_rows(spark, files, read_contract(spark, contract_file(SONGS))).collect()] == [
        "One"
    ]


def test_a_file_without_its_marker_is_not_staged_yet(spark, staged, read):
    stage(staged, SONGS, "whole", [{}])
    stage(staged, SONGS, "begun", [{}, {}]).unlink()
    (staged / SONGS / "rows" / "begun.jsonl").write_text('{"song_id": "half a li')
    (staged / SONGS / "rows" / ".hidden.jsonl").write_text("no row")
    rows, count = read()
    assert (count, {row.file_id for row in rows}) == (1, {"whole"})
    assert staged_files(spark, str(staged), SONGS).markers == ("whole.json",)


def test_nothing_staged_is_no_rows(read):
    assert read() == ([], 0)


@pytest.mark.parametrize("there", [None, 1], ids=["is gone", "has fewer rows"])
def test_fails_when_a_file_is_not_what_its_marker_says(staged, read, there):
    stage(staged, SONGS, "whole", [{}])
    marker = stage(staged, SONGS, "robbed", [{}] * (there or 1))
    if there is None:
        (staged / SONGS / "rows" / "robbed.jsonl").unlink()
    marker.write_text(json.dumps({"file_id": "robbed", "rows": 2}))
    with pytest.raises(StepError, match=rf"must have the rows that were staged, got {there or 0} of 2 in robbed$"):
        read()


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_fails_when_a_line_is_not_of_the_contract(staged, read, form):
    stage(staged, SONGS, "wrong", [{}, {"duration": "long"}], form=form)
    with pytest.raises(Exception, match="Malformed records are detected in record parsing"):
        read()
