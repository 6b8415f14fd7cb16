"""One statement over the lake: its rows as they are printed, and what is wrong with it in a line."""

import json

import pytest
import query

from millrace.step import StepError

ROWS = "SELECT * FROM VALUES (1, 'a, \"b\"'), (2, NULL) AS t (n, words) ORDER BY n"


@pytest.fixture
def ask(spark, capsys):
    def printed(*args: str) -> str:
        capsys.readouterr()
        query.main(["--database", "lake.asked", *args])
        return capsys.readouterr().out

    return printed


def test_rows_are_printed_as_they_are_asked_for(ask):
    assert ask(ROWS) == 'n  words\n-  ------\n1  a, "b"\n2  NULL\n'
    assert ask("--format", "csv", ROWS) == 'n,words\r\n1,"a, ""b"""\r\n2,\r\n'
    assert [json.loads(line) for line in ask("--format", "json", ROWS).splitlines()] == [
        {"n": 1, "words": 'a, "b"'},
        {"n": 2, "words": None},
    ]


def test_no_value_ends_a_line_of_a_table_or_steers_the_terminal(ask):
    assert ask(r"SELECT 'a\nb\u001b[31mred\u009b' AS words").splitlines()[2:] == [r"a\u000ab\u001b[31mred\u009b"]


def test_no_more_rows_are_printed_than_asked_for_and_that_is_said(ask, capsys):
    query.main(["--database", "lake.asked", "--limit", "1", ROWS])
    shown = capsys.readouterr()
    assert shown.out.splitlines()[2:] == ['1  a, "b"']
    assert shown.err == "only the first 1 rows are shown: --limit N shows more\n"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("SELEC 1", "statement must be SQL that the lake understands, got: .*SELEC"),
        ("SELECT * FROM nowhere", "statement must be SQL that the lake understands, got: .*nowhere"),
        ("SELECT raise_error('no such day')", "statement must be SQL that can be computed, got: .*no such day$"),
    ],
)
def test_fails_with_what_is_wrong_and_where_in_the_statement_not_in_the_code(ask, statement, message):
    with pytest.raises(StepError, match=message) as failed:
        ask(statement)
    assert "\tat " not in str(failed.value)
