"""Rules by which the lake's rows follow from staged ones; test_star_routes.py holds them against the warehouse's."""

import pytest
from staging import EVENTS, SONGS, rows_of

from millrace.contract import read_contract
from millrace.derivation import derived

NOON = "2018-11-05T12:00:00.000Z"
LATER = "2018-11-05T12:00:00.001Z"


@pytest.fixture
def table(spark, contract_file):
    """`table("users", EVENTS, rows)` is what is derived from staged rows, by key."""

    def rows(name, source, staged, looked_up=None):
        contract = read_contract(spark, contract_file(name))
        made = derived(contract, rows_of(spark, contract_file(source), staged), looked_up).collect()
        by_key = {row[contract.key[0]]: row.asDict() for row in made}
        assert len(by_key) == len(made)
        return by_key

    return rows


def test_a_listener_is_as_of_the_last_song_played(table):
    users = table(
        "users",
        EVENTS,
        [
            {"user_id": "late", "ts": LATER, "event_id": "1", "level": "paid"},
            {"user_id": "late", "ts": NOON, "event_id": "2"},
            {"user_id": "same ts", "event_id": "b", "level": "paid"},
            {"user_id": "same ts", "event_id": "a"},
            {"user_id": "no song", "page": "Home"},
            {"user_id": "other page", "ts": NOON, "level": "free"},
            {"user_id": "other page", "ts": LATER, "level": "paid", "page": "Home"},
            {"user_id": None},
        ],
    )
    assert {user: row["level"] for user, row in users.items()} == {
        "late": "paid",
        "same ts": "paid",
        "other page": "free",
    }


def test_of_rows_with_the_same_key_the_one_staged_last_counts(table):
    old, new = "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.001Z"
    artists = table(
        "artists",
        SONGS,
        [
            {"artist_id": "time", "artist_name": "last", "staged_at": new, "file_id": "a", "file_line": 1},
            {"artist_id": "time", "artist_name": "first", "staged_at": old, "file_id": "b", "file_line": 2},
            {"artist_id": "file", "artist_name": "first", "staged_at": old, "file_id": "a", "file_line": 2},
            {"artist_id": "file", "artist_name": "last", "staged_at": old, "file_id": "b", "file_line": 1},
            {"artist_id": "line", "artist_name": "last", "staged_at": old, "file_id": "a", "file_line": 10},
            {"artist_id": "line", "artist_name": "first", "staged_at": old, "file_id": "a", "file_line": 9},
        ],
    )
    assert {row["name"] for row in artists.values()} == {"last"}
    assert sorted(artists) == ["file", "line", "time"]


def test_a_songplay_finds_its_song_or_none_and_is_neither_multiplied_nor_dropped(spark, table, contract_file):
    catalogue = [
        {"song_id": "SO2", "title": "near", "duration": 239.5},
        {"song_id": "SO1", "title": "near", "duration": 240.75},
        {"song_id": "SO4", "title": "tie", "duration": 239.5},
        {"song_id": "SO3", "title": "tie", "duration": 240.5},
        {"song_id": "SO5", "title": "edge", "duration": 241.0},
        {"song_id": "SO6", "title": "far", "duration": 241.001},
        {"song_id": "SO7", "title": "other artist", "artist_name": "Other"},
        # The song is now called otherwise.
        {"song_id": "SO8", "title": "old title", "file_id": "a"},
        {"song_id": "SO8", "title": "new title", "artist_id": "AR8", "file_id": "b"},
    ]
    songs = derived(read_contract(spark, contract_file("songs")), rows_of(spark, contract_file(SONGS), catalogue))
    played = [
        *({"event_id": title, "song": title} for title in ("near", "tie", "edge", "far", "other artist", "unknown")),
        *({"event_id": title, "song": title} for title in ("old title", "new title", 'no song\'s "title" ☃')),
        {"event_id": "no length", "song": "near", "length": None},
        {"event_id": "no song", "song": None},
        {"event_id": "again", "song": "near"},
        {"event_id": "twice", "song": "near", "file_id": "a"},
        {"event_id": "twice", "song": "near", "file_id": "b"},
    ]
    songplays = table("songplays", EVENTS, played, songs)
    found = {play: row["song_id"] for play, row in songplays.items() if row["song_id"] is not None}
    expected = {"near": "SO2", "tie": "SO3", "edge": "SO5", "new title": "SO8", "again": "SO2", "twice": "SO2"}
    assert found == expected
    assert len(songplays) == len(played) - 1
    assert (songplays["new title"]["artist_id"], songplays["unknown"]["artist_id"]) == ("AR8", None)
    assert songplays["near"]["song_title"] == "near"


def test_parts_of_an_instant_are_in_utc_with_the_weeks_of_iso_8601_and_sunday_as_0(table):
    # hour, day, week, month, year, weekday
    expected = {
        "2018-11-04T23:59:59.999Z": (23, 4, 44, 11, 2018, 0),
        "2018-11-05T00:00:00.000Z": (0, 5, 45, 11, 2018, 1),
        "2018-12-31T12:00:00.000Z": (12, 31, 1, 12, 2018, 1),
        "2021-01-02T12:00:00.000Z": (12, 2, 53, 1, 2021, 6),
        "2024-02-29T00:30:00.000Z": (0, 29, 9, 2, 2024, 4),
    }
    time = table("time", EVENTS, [{"ts": instant} for instant in (*expected, *expected)])
    parts = ("hour", "day", "week", "month", "year", "weekday")
    got = {f"{start.isoformat(timespec='milliseconds')}Z": tuple(map(row.get, parts)) for start, row in time.items()}
    assert got == expected
